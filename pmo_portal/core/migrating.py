"""Steps of migrations that do not keep a large table to themselves."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation, OperationCategory


class AddChecks(Operation):
    """Add rules to a table that may be large: a moment's lock to write them down, then one reading of the rows beside everyone.

    Only in a migration with `atomic = False`: the first lock is given back before the rows are read. Rows that break a rule stop
    the migration, which may be run again once they are put right.
    """

    category = OperationCategory.ADDITION

    def __init__(self, model_name: str, checks: Sequence[models.CheckConstraint]) -> None:
        self.model_name = model_name
        self.checks = list(checks)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "checks": self.checks}

    def describe(self) -> str:
        return f"Add {len(self.checks)} rules to {self.model_name}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        for check in self.checks:
            state.add_constraint(app_label, self.model_name.lower(), check)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        names = [schema_editor.quote_name(check.name) for check in self.checks]
        added = [f"{check.constraint_sql(model, schema_editor)} NOT VALID" for check in self.checks]
        # What a run that was stopped left behind is taken away first.
        for verbs in (
            [f"DROP CONSTRAINT IF EXISTS {name}" for name in names] + [f"ADD {rule}" for rule in added],
            [f"VALIDATE CONSTRAINT {name}" for name in names],
        ):
            table = schema_editor.quote_name(model._meta.db_table)
            schema_editor.execute(f"ALTER TABLE {table} {', '.join(verbs)}", params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        for check in self.checks:
            schema_editor.remove_constraint(model, check)
