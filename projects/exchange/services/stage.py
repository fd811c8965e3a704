"""A file → a plan, without writing anything: parse in the child process, understand, compare."""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.exchange import messages, plan, reading, sandbox, selectors
from projects.exchange.planned import Plan
from projects.exchange.problems import Problem, RefusedFile, bad_rows
from projects.exchange.profiles import GENERIC, Profile, from_data, shipped
from projects.exchange.records import Reading
from projects.exchange.table import Source

MOST_PASSES = 5  # leaving bad rows out can show other bad rows: a part of a project that is no longer there


class UnreadableFile(DomainError):
    """The file is refused as a whole."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: the same for the page, the command and the demo. `by` None is the installation itself.

    `new`: the portfolio is to be made, under `name` (its code when empty), and must not be there yet.
    """

    profile: Profile
    by: User | None
    today: date
    portfolio: str = ""  # code; the profile's own when empty
    on: date | None = None
    skip_bad_rows: bool = False
    file_name: str = ""
    new: bool = False
    name: str = ""

    @property
    def code(self) -> str:
        """The code of the portfolio to fill."""
        return (self.portfolio or self.profile.portfolio.code).strip().upper()


@dataclass(slots=True)
class Staged:
    """A dry run. `skipped` are the rows left out, with what is wrong with them.

    `good` is the plan of the good rows alone, where bad ones keep `plan` from being applied.
    """

    order: Order
    source: Source
    reading: Reading
    plan: Plan
    skipped: set[tuple[str, int]] = field(default_factory=set)
    rejected: list[Problem] = field(default_factory=list)
    good: Plan | None = None

    @property
    def writable(self) -> Plan:
        """What the rows without problems would change."""
        return self.good or self.plan


def profile_for(key: str, settings: dict[str, Any] | None = None) -> Profile:
    """A shipped profile, with the settings of a saved one on top. Raises DomainError for an unknown key."""
    base = shipped().get(key or GENERIC)
    if base is None:
        raise DomainError(
            _("There is no import profile called “%(name)s”. Choose one of: %(known)s.")
            % {"name": key, "known": ", ".join(shipped())},
            field="profile",
        )
    if not settings:
        return base
    known = from_data(
        base.key, {name: value for name, value in settings.items() if name in ("columns", "decimal", "date_order")}
    )
    return replace(
        base,
        columns={**base.columns, **known.columns},
        decimal=known.decimal or base.decimal,
        date_order=known.date_order or base.date_order,
    )


def taken(order: Order) -> DomainError:
    """A new portfolio cannot have the code of one that is there."""
    message = _(
        "The code %(code)s is already used. Choose that portfolio in the list, or give the new one another code."
    )
    return DomainError(message % {"code": order.code}, field="new_code")


def parse(content: bytes, file_name: str) -> Source:
    """The sheets of an uploaded file. Raises UnreadableFile with the reason and the remedy."""
    try:
        return sandbox.parse(content, file_name)
    except RefusedFile as refusal:
        raise UnreadableFile(messages.refusal(refusal), field="file") from refusal


def dry_run(source: Source, order: Order) -> Staged:
    """Compare a parsed file with what is stored. With `skip_bad_rows`, the rows with errors are left out and handed back."""
    if not order.code:
        raise DomainError(_("Say which portfolio the file is for: its code is needed."), field="portfolio")
    if order.new and selectors.portfolio_called(order.code):
        raise taken(order)
    staged = compare(source, order, understand(source, order, frozenset()))
    if not staged.plan.errors:
        return staged
    good = _without_bad_rows(source, order, staged)
    return good if order.skip_bad_rows else replace(staged, good=good.plan)


def _without_bad_rows(source: Source, order: Order, staged: Staged) -> Staged:
    """The same dry run with the rows that have errors left out, and those that only then turn out to have one."""
    skipped: set[tuple[str, int]] = set()
    rejected: list[Problem] = []
    for _pass in range(MOST_PASSES):
        fresh = bad_rows(staged.plan.problems) - skipped
        if not fresh:
            break
        skipped |= fresh
        rejected += staged.plan.errors
        staged = compare(source, order, understand(source, order, skipped))
    return replace(staged, skipped=skipped, rejected=rejected)


def understand(source: Source, order: Order, skipped: Set[tuple[str, int]]) -> Reading:
    """What the file says, without its skipped rows: the slow part, so never inside a transaction.

    Of what is stored it asks one thing: the scale on which the portfolio declares, since a cloud is not the same on each.
    """
    portfolio = selectors.portfolio_called(order.code)
    profile = order.profile
    if portfolio is not None:
        profile = replace(profile, portfolio=replace(profile.portfolio, scale=portfolio.scale))
    try:
        return reading.read(
            source, profile, file_name=order.file_name, on=order.on, today=order.today, skip=frozenset(skipped)
        )
    except RefusedFile as refusal:
        raise UnreadableFile(messages.refusal(refusal), field="file") from refusal


def compare(source: Source, order: Order, read: Reading) -> Staged:
    """What it would change now."""
    portfolio = selectors.portfolio_called(order.code)
    stored = selectors.current(portfolio, order.code, read, order.profile, by=order.by)
    return Staged(order, source, read, plan.make(read, stored, order.profile, today=order.today))
