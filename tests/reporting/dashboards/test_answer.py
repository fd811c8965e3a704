"""The sentence at the top: fair to the projects nobody can judge, and true about what is known."""

from types import SimpleNamespace

from django.utils import translation

from reporting.dashboards.answers import portfolio_answer
from reporting.health.models import Rollup

EUROS = SimpleNamespace(currency="EUR", sees_money=True)


def say(language: str = "en", **sums: int) -> str:
    with translation.override(language):
        return str(portfolio_answer(EUROS, Rollup(**sums)))


def test_a_portfolio_that_can_be_judged_says_how_much_is_on_track():
    words = say(projects=10, active=10, green=7, red=1, grey=2, slip_known=10, late=3)
    assert (
        words
        == "<b>7 projects of 10 are on track</b>; 1 is off track, 2 cannot be judged for want of data. 3 projects are late."
    )


def test_nothing_can_be_judged_so_the_declared_status_speaks():
    sums = {
        "projects": 815,
        "active": 815,
        "grey": 815,
        "declared_green": 59,
        "declared_amber": 22,
        "declared_grey": 734,
    }
    assert say(**sums) == (
        "<b>None of the 815 active projects can be judged</b>. Neither an end date nor a forecast cost to compare is known. "
        "81 are declared: 59 on track, 22 at risk."
    )
    assert "0 projet" not in say("fr", **sums)
    assert "Aucun des 815 projets actifs ne peut être évalué" in say("fr", **sums)


def test_few_can_be_judged_so_that_share_comes_first():
    words = say(projects=100, active=90, amber=3, red=7, grey=80, declared_grey=90, compared=20)
    assert words.startswith("<b>10 projects of 90 can be judged</b>: 3 at risk, 7 off track. No slippage is known;")


def test_no_late_project_is_said_of_those_whose_dates_are_known():
    assert say(projects=4, active=4, green=4, slip_known=4).endswith("No project is late.")
    partly = say(projects=4, active=4, green=3, grey=1, slip_known=3)
    assert partly.endswith("None of those whose slippage is known is late.")
