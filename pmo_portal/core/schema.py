"""The OpenAPI document: written from the code, with every error of every operation, the version headers, and closed bodies."""

import inspect
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, cast

from django.utils import translation
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from pmo_portal.core.api.bulk_bodies import documented as documented_bulk
from pmo_portal.core.api.expand import MEMBER, Expand, expandable
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.idempotency import HEADER
from pmo_portal.core.api.problems import MEDIA_TYPE, TYPE, busy_words, words_of
from pmo_portal.core.api.selection import documented
from pmo_portal.core.api.tables import CsvRenderer

EMPTY_TEXT = {"type": "string", "maxLength": 0}
SAFE = ("GET", "HEAD")
EVERY_ANSWER = (400, 401, 403, 406, 429)
ON_WRITE = (409, 415, 422)
ON_VERSION = (412, 428)
AGAIN_LATER = (409, 429)
LEFT = {
    "RateLimit-Limit": "Requests a minute, of the limit that is nearest.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until one more is free.",
}
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait before asking again; never with `conflict`.",
        "schema": {"type": "integer", "minimum": 1},
    }
}
LEFT_HEADERS = {name: {"$ref": f"#/components/headers/{name}"} for name in LEFT}
VERBS = {
    "list": "List the {many} you may see",
    "retrieve": "One {one}",
    "create": "Create a {one}",
    "update": "Replace the facts of a {one}",
    "partial_update": "Change facts of a {one}",
    "destroy": "Delete a {one}",
    "status": "Declare the status of a {one}",
    "take": "Write down what was decided",
    "refuse": "Write down that a {one} is refused",
    "schedule": "Put a {one} on an agenda",
    "lapse": "Give a {one} up",
    "release": "Release a {one}",
    "reopen": "Ask for a {one} again",
    "propose": "Propose somebody for a {one}",
    "confirm": "Confirm who does a {one}",
    "split": "Give a part of a {one}",
    "bulk": "Create or update many {many}",
    "apply": "Write a staged {one}",
    "file": "Download a {one}",
    "undo": "Take an applied {one} back",
    "end": "End a {one} now",
    "open": "Open a {one} before its day",
    "close": "Close the collection of a {one}",
    "freeze": "Freeze a {one} for ever",
    "submit": "Submit a {one}",
    "withdraw": "Take a submitted {one} back to change it",
    "validate": "Validate a submitted {one}",
    "correct": "Ask for a correction of a {one}",
    "revise": "Revise a frozen {one}",
    "history": "How a {one} changed",
}
EXAMPLE_OF = {
    "create": "create",
    "update": "create",
    "partial_update": "change",
    **{
        verb: verb
        for verb in (
            "status",
            "take",
            "refuse",
            "schedule",
            "lapse",
            "reopen",
            "submit",
            "correct",
            "revise",
            "propose",
            "confirm",
            "split",
            "accept",
            "answers",
            "hand_over",
            "cancel",
        )
    },
    **{verb: verb for verb in ("open", "close", "freeze", "withdraw", "validate")},
    "apply": "apply",
    "bulk": "create",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Every error has this shape (RFC 9457).",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {
            "type": "string",
            "description": "What kind of problem, for programs.",
            "examples": [f"{TYPE}invalid"],
        },
        "title": {"type": "string", "description": "The kind of problem, for people, in their language."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What went wrong this time, and the remedy."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {
                    "path": {
                        "type": "string",
                        "description": "Dotted path in the body, `?name` of a parameter, or ''.",
                    },
                    "message": {"type": "string"},
                    "rule": {"type": "string", "description": "Only of a numbered rule.", "examples": ["VR-16"]},
                    "kind": {"type": "string", "enum": ["error", "warning"], "description": "Of such a rule."},
                },
                "additionalProperties": False,
            },
        },
        "current": {
            "type": "object",
            "description": "With 412, and with 409 of a proposal found outdated: the row as it is stored now.",
        },
        "missing_scope": {
            "type": "string",
            "description": "Only with 403, when the token lacks a scope.",
            "examples": ["money:write"],
        },
    },
    "additionalProperties": False,
}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "projects.access.token_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        told = "`Authorization: Token pmo_…`; make one under Preferences, API tokens. It has the rights of its owner."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": told}


class BrowserScheme(SessionScheme):
    """The browser's session, which also asks for a second factor where a role needs one."""

    target_class = "pmo_portal.core.identity.api_session.FactorSessionAuthentication"


class ProblemAutoSchema(AutoSchema):
    """Adds what all our resources share; the rest comes from the viewsets and serializers."""

    def get_summary(self) -> str | None:
        noun, pattern = getattr(self.view, "noun", None), VERBS.get(getattr(self.view, "action", ""), "")
        return pattern.format(one=noun[0], many=noun[1]) if noun and pattern else None

    def get_description(self) -> str:  # type: ignore[override]
        """What the action or the resource itself says; what base classes tell programmers is not for callers."""
        action = getattr(self.view, getattr(self.view, "action", None) or "", None)
        own = vars(type(self.view)).get(getattr(action, "__name__", ""))
        return inspect.cleandoc((own and own.__doc__) or vars(type(self.view)).get("__doc__") or "")

    def get_override_parameters(self) -> list[Any]:
        told = "The version of the row, to send back in If-Match."
        stored = OpenApiParameter("ETag", str, OpenApiParameter.HEADER, response=[200, 201], description=told)
        twice = OpenApiParameter(
            HEADER, str, OpenApiParameter.HEADER, pattern="^[ -~]{1,200}$",
            description="A name of your choice for this change, for example a random UUID. Sent again within 24 hours with the"
            " same content, the change is not made again: the first answer is, with the header Idempotency-Replayed. With"
            " another content: 422.",
        )  # fmt: skip
        own = [twice] if self.method == "POST" else self.of_item()
        if not self.changes_version:
            return [*own, stored] if self.answers_version else own
        seen = OpenApiParameter(
            "If-Match", str, OpenApiParameter.HEADER, required=True, pattern='^"[vh][0-9a-f]+"$',
            description="The ETag of the version you saw, for example \"v3\". Without it 428, with an old one 412.",
        )  # fmt: skip
        return [*own, seen, stored] if self.method != "DELETE" else [seen]

    def get_request_serializer(self) -> Any:
        if getattr(self.view, "action", "") == "bulk":
            return documented_bulk(type(self.view))
        return super().get_request_serializer()

    def of_item(self) -> list[Any]:
        """`fields` and `expand` of an item; those of a list come with its paging."""
        view: Any = self.view
        if getattr(view, "action", "") != "retrieve" or not hasattr(view, "listing"):
            return []
        return [
            OpenApiParameter(name, schema, description=text, explode=False, style="form")
            for name, (text, schema) in documented(view.members, view.expands).items()
        ]

    def get_examples(self) -> list[Any]:
        """The body the view shows for this action (`view.examples`)."""
        shown = getattr(self.view, "examples", {}).get(EXAMPLE_OF.get(getattr(self.view, "action", ""), ""))
        if shown and getattr(self.view, "action", "") == "bulk":
            known = "external_ref" in cast(Any, self.view).serializer_class.Meta.fields
            shown = {
                **({"source": "SAP"} if known else {}),
                "rows": [{**shown, **({"external_ref": "4711"} if known else {})}],
                **getattr(self.view, "bulk_example", {}),
            }
        multipart = getattr(self.view, "action", "") in getattr(self.view, "multipart_actions", ())
        media = "multipart/form-data" if multipart else "application/json"
        return [OpenApiExample("Example", value=shown, request_only=True, media_type=media)] if shown else []

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        """An answer may be cut by `fields=`, so no member is required of it; `expand=` may add `expanded`."""
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if direction == "response" and isinstance(force_instance(serializer), Shown):
            schema.pop("required", None)
            embedded = {name: self.embedded(one) for name, one in serializer.expands.items()}
            if embedded:
                told = "Only with `expand=`; null where there is none or you may not open it."
                schema["properties"][MEMBER] = {
                    "type": "object", "readOnly": True, "description": told, "properties": embedded,
                    "additionalProperties": False,
                }  # fmt: skip
        return schema

    def embedded(self, one: Expand) -> dict[str, Any]:
        component = self.resolve_serializer(expandable[one.kind].serializer, "response")
        return {"anyOf": [component.ref, {"type": "null"}]}

    @property
    def is_item(self) -> bool:
        return "{" in self.path

    @property
    def changes_version(self) -> bool:
        return self.is_item and self.method not in SAFE

    @property
    def answers_version(self) -> bool:
        """An item that can be changed, or the one just created."""
        writable = hasattr(self.view, "find")
        return writable and getattr(self.view, "action", "") in ("retrieve", "create")

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        answers: dict[str, Any] = super()._get_response_bodies(direction)  # type: ignore[arg-type]
        if CsvRenderer.media_type in answers.get("200", {}).get("content", {}):
            answers["200"]["content"][CsvRenderer.media_type] = {
                "schema": {"type": "string", "examples": ["id,name\r\n"]}
            }
        for status, one in answers.items():
            if status.startswith("2"):
                one.setdefault("headers", {}).update(LEFT_HEADERS)
        for code in self.error_codes():
            answers[str(code)] = self.problem(code)
        return dict(sorted(answers.items()))

    def error_codes(self) -> list[int]:
        codes = [*EVERY_ANSWER]
        codes += [404] if self.is_item else []
        codes += ON_WRITE if self.method not in SAFE else ()
        codes += ON_VERSION if self.changes_version else ()
        codes += getattr(self.view, "refusals", {}).get(
            getattr(self.view, "action", ""), ()
        )  # what a reading may be refused for
        return codes

    def problem(self, code: int) -> dict[str, Any]:
        component = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, object=ProblemAutoSchema, schema=PROBLEM)
        self.registry.register_on_missing(component)
        slug, title = words_of(code)
        sample = {"type": TYPE + slug, "title": title, "status": code, "detail": title, "errors": []}
        content = {MEDIA_TYPE: {"schema": component.ref, "example": sample}}
        if code == HTTPStatus.CONFLICT:
            title = f"`{slug}`: {title}; `{{}}`: {{}}".format(*busy_words())
        headers = {"headers": {**RETRY_AFTER, **(LEFT_HEADERS if code == 429 else {})}} if code in AGAIN_LATER else {}
        return {"description": f"{title} ({HTTPStatus(code).phrase})", **headers, "content": content}


def close_bodies(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """What a body may not contain is refused, and the document says so; answers have exactly the members listed."""
    result["components"]["headers"] = {
        name: {"description": told, "schema": {"type": "integer", "minimum": 0}} for name, told in LEFT.items()
    }
    for schema in result.get("components", {}).get("schemas", {}).values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for one in schema.get("properties", {}).values():
            if EMPTY_TEXT in one.get("oneOf", ()):  # a validator that does not judge formats finds '' in both
                one["anyOf"] = one.pop("oneOf")
    return result


@cache
def document() -> Mapping[str, Any]:
    """The OpenAPI document, generated once in a process, in English."""
    with translation.override("en"):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind a `$ref`, itself otherwise."""
    reference = schema.get("$ref", "")
    return document()["components"]["schemas"][re.sub(r".*/", "", reference)] if reference else schema
