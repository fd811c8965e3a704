"""The people of a list as a file, under its filters; the same headings are read again by the import."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from projects.exchange import workbooks
from projects.resources.models import Person

MOST = 20_000


def headings() -> list[str]:
    return [
        _("External reference"), _("Name"), _("E-mail"), _("Organisation"), pgettext("people", "Role"),
        pgettext("organisation", "Unit"), _("Share"), _("External"), _("Arrives"), _("Last day"), _("Skills"),
    ]  # fmt: skip


def row_of(person: Person) -> list[Any]:
    shares, skills = list(person.units.all()), person.skills.all()
    return [
        person.external_ref, person.name, person.email, person.organisation, person.role.label if person.role else "",
        ", ".join(one.unit.label for one in shares), ", ".join(str(one.percent) for one in shares),
        _("yes") if person.is_external else _("no"), person.arrives_on, person.leaves_on,
        "; ".join(f"{one.skill.label} {one.level}" for one in skills),
    ]  # fmt: skip


def as_file(people: Any, kind: str) -> bytes:
    rows = [headings(), *(row_of(person) for person in people[:MOST])]
    if kind == "xlsx":
        return workbooks.xlsx([(_("People"), rows)])
    return workbooks.csv_file([[one.isoformat() if hasattr(one, "isoformat") else one for one in row] for row in rows])
