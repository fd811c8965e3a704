"""Every table of ours has a resource of the API, or a reason why not; and what is only read says who writes it."""

from django.apps import apps

from pmo_portal.api_urls import router

# Tables whose rows no resource answers as such.
WITHOUT = {
    "ApiToken": "made and rotated by a person who has just proved who they are: a token that leaked must not make others",
    "SetupLink": "the way into an empty installation",
    "Notice": "told to one person until they put it away; what it tells is in audit-events",
    "Notification": "told to one person, in the portal and by letter",
    "Mute": "a preference of one person",
    "Mailing": "a preference of one person",
    "Follow": "a preference of one person",
    "SeenAssertion": "kept against replays",
    "KeptAnswer": "kept for Idempotency-Key",
    "Quota": "counts",
    **dict.fromkeys(("PersonLoad", "GroupLoad", "Picture"), "capacity/, as sums, and capacity of a person by week"),
    "Stale": "what is still to be computed",
    "Work": "what is still to be computed",
    "PeriodicRun": "what the clock started",
    "Node": "by kind: portfolios and programmes",
    "HealthFrozen": "projects/, health/ and rollups/?as_of=, and its snapshot",
    "HealthAsOf": "projects/, health/ and rollups/?as_of=",
    "HealthPast": "health/<project>/history/ and ?as_of=",
    "HealthHistory": "health/<project>/history/ and ?as_of=",
    "DecisionOption": "decisions, each with its options",
    "AllocationMonth": "allocations, each with its months",
    "Rollup": "rollups, by container",
    "RollupHistory": "rollups/?as_of=",
}
# Resources without a change, and who makes their rows.
ONLY_READ = {
    "milestone-forecasts": "the portal, when a milestone moves",
    "health": "the portal computes it",
    "rollups": "the portal computes them",
    "reporting-periods": "made from their calendar, moved by the clock and by steps",
    "snapshots": "a freeze keeps them",
    "external-keys": "imports learn them",
    "audit-events": "the database",
}
# Resources whose rows are never changed, never deleted, or neither.
NEVER = {
    "delegations": {"patch": "ended, and lent again"},
    "saved-views": {"patch": "saved again under its name"},
    "status-reports": {"delete": "a period asked for it, and keeps the answer or the silence"},
    "levelings": {"patch": "computed as it was asked", "delete": "cancelled; old ones go by themselves"},
    "proposals": {"patch": "withdrawn, and proposed again", "delete": "withdrawn: what was asked stays known"},
    "imports": {"patch": "a file is what it is"},
    "people-imports": {"patch": "a file is what it is"},
    "allocation-imports": {"patch": "a file is what it is"},
    "report-workbooks": {"patch": "a file is what it is"},
    "people": {"delete": "projects and their history name them: made inactive"},
    "users": {"delete": "what somebody did stays theirs: the account is made inactive"},
}


def served() -> set[str]:
    return {viewset.queryset.model.__name__ for _prefix, viewset, _name in router.registry}


def test_every_table_has_a_resource_or_a_reason() -> None:
    ours = {model.__name__ for label in ("core", "projects", "portfolio", "reporting")
            for model in apps.get_app_config(label).get_models()}  # fmt: skip
    assert ours - served() - WITHOUT.keys() == set(), "give the model a resource, or say here why it has none"
    assert WITHOUT.keys() - ours == set(), "this table is gone"


def test_every_resource_is_made_changed_and_deleted_or_says_why_not() -> None:
    for prefix, viewset, _name in router.registry:
        answered = {one for one in viewset.http_method_names if one in ("post", "patch", "delete")}
        changes = answered if hasattr(viewset, "create_row") or hasattr(viewset, "create") else set()
        if prefix in ONLY_READ:
            assert not hasattr(viewset, "create"), prefix
        else:
            assert {"post", "patch", "delete"} - changes == set(NEVER.get(prefix, {})), prefix
