"""The documentation page, drawn on the server from the OpenAPI document: no script from elsewhere, nothing inline."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from pmo_portal.core.api.rendering import plain
from pmo_portal.core.pages import page
from pmo_portal.core.schema import document, resolved

JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter or a member of a body, in words."""

    name: str
    place: str
    kind: str
    required: bool
    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Field]
    body: list[Field]
    answer: str
    answers: list[tuple[str, str]]
    example: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A schema that answers refer to."""

    name: str
    text: str
    fields: list[Field]


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """Operations by resource, with parameters, bodies, answers and a command to try each."""
    root = request.build_absolute_uri(reverse("api-root")).rstrip("/")
    return page(request, "core/api_docs.html", {"groups": groups(), "shapes": shapes(), "root": root})


@cache
def groups() -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for path, operations in document()["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                found.setdefault(operation["tags"][0], []).append(described(path, method, operation))
    return found


@cache
def shapes() -> list[Shape]:
    """The answers' schemas: not the bodies, whose fields are shown where they are sent, nor the lists of values."""
    schemas = document()["components"]["schemas"]
    kept = [name for name in schemas if "properties" in schemas[name] and not re.search("Request$|^Paginated", name)]
    return [
        Shape(name, schemas[name].get("description", ""), list(members({**schemas[name], "required": ()})))
        for name in kept
    ]


def described(path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
    answers = operation["responses"]
    success = next((code for code in answers if code.startswith("2")), "")
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        text=operation.get("description", ""),
        parameters=[parameter(one) for one in operation.get("parameters", ())],
        body=list(members(resolved(body))) if body else [],
        answer=answer_of(answers.get(success, {})),
        answers=[(code, one.get("description") or "OK") for code, one in answers.items()],
        example=command(path, method, operation),
    )


def parameter(given: Mapping[str, Any]) -> Field:
    kind, values = kind_of(given["schema"])
    return Field(given["name"], given["in"], kind, given.get("required", False), given.get("description", ""), values)


def members(schema: Mapping[str, Any]) -> Iterator[Field]:
    needed = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        kind, values = kind_of(one)
        yield Field(
            name, "read" if one.get("readOnly") else "", kind, name in needed, one.get("description", ""), values
        )


def kind_of(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """(type in words, the values it is limited to)."""
    parts = list(schema.get("oneOf", ()) or schema.get("allOf", ()) or (schema,))
    words: list[str] = []
    values: list[str] = []
    for part in parts:
        shape = resolved(part)
        if "enum" in shape:
            values += [str(value) if value != "" else "''" for value in shape["enum"] if value is not None]
            words.append("null" if None in shape["enum"] else "")
            continue
        kinds = shape.get("type", "any")
        words += [kinds] if isinstance(kinds, str) else kinds
        words += [shape["format"]] if shape.get("format") else []
        if "items" in shape:
            inner, limited = kind_of(shape["items"])
            words[-1] = f"list of {inner}" if inner else "list"
            values += limited
    return ", ".join(dict.fromkeys(word for word in words if word)), tuple(values)


def answer_of(response: Mapping[str, Any]) -> str:
    """The name of the schema of an answer; empty without a body."""
    schema = response.get("content", {}).get(JSON, {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2].removeprefix("Paginated").removesuffix("List")


def command(path: str, method: str, operation: Mapping[str, Any]) -> str:
    """A curl command to try the operation; `$API` and `$TOKEN` stand for the address and a token."""
    address = re.sub(r"{.*?}", "1", path.removeprefix("/api/v1"))
    line = [f'curl -H "Authorization: Token $TOKEN" "$API{address}"']
    if method != "get":
        line.insert(1, f"-X {method.upper()}")
    if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
        line.append("-H 'If-Match: \"v1\"'")
    sent = operation.get("requestBody", {}).get("content", {}).get(JSON, {})
    if sent:
        examples = [one["value"] for one in sent.get("examples", {}).values()] or [sample(resolved(sent["schema"]))]
        line.append(
            f"-H 'Content-Type: application/json' \\\n  -d '{orjson.dumps(examples[0], default=plain).decode()}'"
        )
    return " \\\n  ".join(line) if len(line) > 1 else line[0]


def sample(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A body with the required members, or with the first that may be set."""
    names = schema.get("required") or list(schema.get("properties", {}))[:1]
    return {name: value_of(schema["properties"][name]) for name in names}


def value_of(schema: Mapping[str, Any]) -> Any:
    shape = resolved(next(iter(schema.get("oneOf", ()) or schema.get("allOf", ()) or (schema,))))
    if "enum" in shape:
        return shape["enum"][0]
    kinds = shape.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    formats = {"date": "2026-12-31", "decimal": "1250.00"}
    return {"integer": 1, "boolean": True, "number": 1}.get(kind, formats.get(shape.get("format", ""), "…"))
