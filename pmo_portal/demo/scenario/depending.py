"""What the projects of the scenario give each other (dependencies.toml): asked by who needs it, promised by who gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from pmo_portal.core.typography import french
from pmo_portal.demo.scenario.calendar import working_day
from pmo_portal.demo.scenario.spec import read
from projects.raid.models import InterProjectDependency
from projects.raid.services import create_dependency, update_dependency
from projects.resources.models import Person

if TYPE_CHECKING:
    from pmo_portal.demo.scenario.stage import Played


@dataclass
class Depending:
    """`rows` are those entered so far, by their place in the file."""

    persons: Mapping[str, Person]
    rows: dict[int, InterProjectDependency] = field(default_factory=dict)

    def month_ends(self, month: int, played: Mapping[str, "Played"], *, on: date) -> None:
        """What is entered this month, promised with it, and what came; what is declared is said today."""
        for place, told in enumerate(read("dependencies")["dependency"]):
            if not {told["receiver"], told["supplier"]} <= played.keys():
                continue  # a stage with fewer projects
            receiver, supplier = played[told["receiver"]], played[told["supplier"]]
            if told["at"] == month:
                self.rows[place] = self._enter(told, receiver, supplier, on=on)
            if place not in self.rows:
                continue
            if told.get("delivered") == month:
                self._change(place, {"status": InterProjectDependency.Status.DELIVERED}, supplier, on=on)
            elif month == 0 and "status" in told:
                self._change(place, {"status": told["status"]}, supplier, on=on)

    def _enter(
        self, told: dict[str, Any], receiver: "Played", supplier: "Played", *, on: date
    ) -> InterProjectDependency:
        assert receiver.project is not None
        assert supplier.project is not None
        gives, needs = supplier.milestones[told["gives"]], receiver.milestones[told["needs"]]
        then: Any = gives.expected_date
        row = create_dependency(
            receiver=receiver.project, supplier=supplier.project, by=receiver.manager, on=on,
            title=french(told["title"]), title_en=told["title_en"], supplier_milestone=gives, receiver_milestone=needs,
            needed_by=working_day(then + timedelta(days=told["margin"])),
            receiver_owner=self.persons[receiver.spec.manager],
        )  # fmt: skip
        promise: dict[str, Any] = {"supplier_owner": self.persons[supplier.spec.manager]}
        if "promised" in told:
            promise["promised_on"] = working_day(then + timedelta(days=told["promised"]))
        return update_dependency(dependency=row, by=supplier.manager, version=row.version, changes=promise, on=on)

    def _change(self, place: int, changes: dict[str, Any], supplier: "Played", *, on: date) -> None:
        row = self.rows[place]
        self.rows[place] = update_dependency(
            dependency=row, by=supplier.manager, version=row.version, changes=changes, on=on
        )
