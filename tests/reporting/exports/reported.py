"""A project that reports: three frozen months and a fourth that is being written, with the longest texts a form lets through."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils import timezone

from pmo_portal.core.periods import add_months
from projects.hierarchy.models import Project
from reporting.health.selectors import LimitBook
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import freezing, periods
from tests import make

FIRST = date(2026, 8, 1)
LONG = "Reprise des données de paie et contrôle des écarts avec l’éditeur, site par site, avant la bascule définitive. "
WORDS = {"schedule": "red", "cost": "amber", "scope": "green", "resources": "amber", "risk": "red"}


def long(most: int) -> str:
    """A text of exactly this many characters."""
    return (LONG * (most // len(LONG) + 1))[: most - 1].rstrip().ljust(most - 1, "x") + "."


def project(**fields: Any) -> Project:
    """With phased money, eight milestones and five risks."""
    made = make.project(
        "SOC-01",
        node=fields.pop("node", None) or make.portfolio("SOCLE", name="SI socle", name_en="Core systems"),
        **{
            "name": "Remplacement de l’ERP", "name_en": "ERP replacement", "phase": "Réalisation", "size": "XL",
            "baseline_start": date(2026, 1, 5), "baseline_end": date(2027, 6, 30), "forecast_end": date(2027, 10, 15),
            "percent_complete": Decimal(42), "sponsor": make.person("Claire Fontaine"),
            "project_manager": make.person("Émilie Caron"), "data_date": date(2026, 11, 24), **fields,
        },
    )  # fmt: skip
    for number in range(18):
        month = add_months(date(2026, 1, 1), number)
        make.budget_line(made, month=month, amount=Decimal(148_000) - 2_000 * abs(number - 8))
        kind = "actual" if month < date(2026, 11, 1) else "forecast"
        make.budget_line(made, month=month, kind=kind, amount=Decimal(165_000) - 2_500 * abs(number - 9))
    make.budget_line(made, month=None, kind="initial", amount=Decimal(2_300_000))
    make.budget_line(made, month=None, kind="committed", amount=Decimal(2_010_000))
    return made


def registers(made: Project, *, title: int = 60) -> None:
    """Milestones and risks whose names have `title` characters."""
    for number in range(8):
        planned = add_months(date(2026, 6, 1), number * 2)
        make.milestone(
            made, name=long(title), name_en=f"Milestone {number}", baseline_date=planned, is_key=number % 3 == 0,
            forecast_date=add_months(planned, number % 3), actual_date=planned if planned < date(2026, 11, 1) else None,
        )  # fmt: skip
    for number in range(5):
        make.risk(
            made, title=long(title), title_en=f"Risk {number}", probability=5 - number // 2, impact=5 - number // 2,
            response="reduce", response_note=long(title * 2), owner=make.person(f"Thomas Girard {number}"),
            due_date=date(2026, 12, 18),
        )  # fmt: skip


def said(*, longest: bool = False, **fields: Any) -> dict[str, Any]:
    """What a report says; `longest`: with every text at its limit."""
    given: dict[str, Any] = {
        "declared": "amber", "trend": "down", **WORDS,
        "key_message": "Bascule tenable au 1er avril si l’avenant n° 2 est signé avant le 15 décembre.",
        "summary": "La reprise du lot 3 est terminée. L’éditeur confirme la correction des écarts de paie pour janvier ; "
        "deux sites restent à former.",
        "schedule_comment": "Le lot 3 finit avec six semaines de retard ; la recette suit.",
        "cost_comment": "Avenant de l’intégrateur attendu en décembre.",
        "resources_comment": "L’experte paie part en janvier.", "risk_comment": "Un seul fournisseur sait reprendre la paie.",
        "highlights": ["Reprise du lot 3 : 62 000 dossiers contrôlés", "Connecteur GED choisi", "Site de Nantes formé"],
        "next_steps": ["Recette du module de versement", "Chiffrage de l’avenant n° 2"],
        "percent_complete": Decimal(45), "ask": "asked",
        "ask_question": "Signer l’avenant n° 2 ou réduire le périmètre du lot 4 ?",
        "ask_options": [{"label": "Réduire le lot 4"}, {"label": "Signer l’avenant", "recommended": True}],
        "ask_recommendation": "Signer, sous réserve d’un engagement de date.", "ask_needed_by": date(2026, 12, 15),
        "ask_committee": "COMEX", "ask_amount": Decimal(465_000), "back_to_green": date(2027, 2, 28),
        "confidential_note": "L’éditeur serait en vente.",
    }  # fmt: skip
    if longest:
        given |= {
            "key_message": long(140), "summary": long(1000), "highlights": [long(120)] * 5, "next_steps": [long(120)] * 5,
            "ask_question": long(300), "ask_recommendation": long(300), "ask_committee": long(120),
            "ask_options": [{"label": long(120), "recommended": number == 1} for number in range(4)],
            "confidential_note": long(500),
        } | {f"{name}_comment": long(160) for name in WORDS}  # fmt: skip
    return given | fields


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def report(made: Project, period: ReportingPeriod, **fields: Any) -> StatusReport:
    """The report of this period, submitted; `submitted_at=None` leaves it a draft."""
    state = "submitted" if fields.get("submitted_at", True) else "draft"
    told = {"state": state, "submitted_at": noon(period.ends_on), **fields}
    StatusReport.objects.filter(project=made, period=period).update(**told)
    return StatusReport.objects.get(project=made, period=period)


def months(made: Project, *levels: str, **fields: Any) -> list[ReportingPeriod]:
    """Frozen months from August on, one a level declared; the last one says `fields`."""
    calendar, found = make.calendar(made.node, since=FIRST), []
    for number, level in enumerate(levels):
        found.append(opened(calendar, number))
        more = fields if number == len(levels) - 1 else {}
        report(made, found[-1], **{**said(), "declared": level, **more})
        end = found[-1].ends_on
        freezing.freeze(found[-1], by=None, on=end, at=noon(end))
    return found


def keep(report: StatusReport, *, on: date) -> None:
    """Freeze one report, as a revision is."""
    freezing.keep([report], period=report.period, limits=LimitBook.read(), on=on, at=noon(on))


def opened(calendar: Any, number: int) -> ReportingPeriod:
    """The month that is this far from August, open."""
    day = add_months(FIRST, number).replace(day=24)
    periods.plan(calendar, on=day)
    period = calendar.periods.get(starts_on=day.replace(day=1))
    return periods.open_period(period, by=None, on=day, at=noon(day))
