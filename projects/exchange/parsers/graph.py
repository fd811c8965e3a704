"""A JSON graph {"nodes": [{"id", "label", …}], "relations": [[from, relation, to], …]} → one sheet per label.

The relations become a sheet of their own called `relations`, so that a profile can join the sheets again.
"""

import ast
import json
import re
from collections import defaultdict
from typing import Any

from projects.exchange import limits
from projects.exchange.parsers.csv import decode
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Cell, Row, Sheet, Source

RELATIONS = "relations"
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")


def parse(content: bytes) -> Source:
    """One sheet per node label (header first), in order of first appearance. Raises RefusedFile."""
    text, encoding = decode(content)
    try:
        graph = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # ValueError: no JSON, or a number of thousands of digits
        raise RefusedFile("damaged_json", detail=str(error)[:120]) from error
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    relations = graph.get("relations") if isinstance(graph, dict) else None
    if not isinstance(nodes, list) or not isinstance(relations, list):
        raise RefusedFile("not_a_graph")
    if len(nodes) > limits.MAX_NODES or len(relations) > limits.MAX_NODES:
        raise RefusedFile("too_many_rows", limit=limits.MAX_NODES)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for node in nodes:
        if not isinstance(node, dict) or "id" not in node:
            raise RefusedFile("not_a_graph")
        groups[_readable(str(node.get("label", "")), 1, "label")].append(node)
    sheets = [_sheet(label, members) for label, members in groups.items()]
    sheets.append(_relations(relations))
    return Source("json", tuple(sheets), encoding=encoding)


def _sheet(label: str, members: list[dict[str, Any]]) -> Sheet:
    """`members` as rows under a header of every key they use; row 2 is the first node of this label."""
    keys = list(dict.fromkeys(key for node in members for key in node))
    if len(keys) > limits.MAX_COLUMNS:
        raise RefusedFile("too_many_columns", limit=limits.MAX_COLUMNS)
    rows = [Row(1, tuple(_readable(key, 1, key) for key in keys))]
    for number, node in enumerate(members, start=2):
        rows.append(Row(number, tuple(_cell(node.get(key), number, key) for key in keys)))
    return Sheet(label, tuple(rows))


def _relations(relations: list[Any]) -> Sheet:
    rows = [Row(1, ("from", "relation", "to"))]
    for number, relation in enumerate(relations, start=2):
        if isinstance(relation, str):  # some editions write each triple as a Python literal
            try:
                relation = ast.literal_eval(relation)
            except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
                raise RefusedFile("not_a_graph") from error
        if not isinstance(relation, list | tuple) or len(relation) < 3:
            raise RefusedFile("not_a_graph")
        rows.append(Row(number, tuple(_cell(value, number, RELATIONS) for value in relation[:3])))
    return Sheet(RELATIONS, tuple(rows))


def _refuse_constant(name: str) -> None:
    """JSON has no NaN and no Infinity; Python's reader would take them."""
    raise ValueError(f"{name} is not a JSON value")


def _cell(value: Any, row: int, column: str) -> Cell:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    if len(text) > limits.MAX_CELL_CHARS:
        raise RefusedFile("cell_too_long", row=row, column=_shown(column), limit=limits.MAX_CELL_CHARS)
    return _readable(text, row, column) or None


def _readable(text: str, row: int, column: str) -> str:
    """The text, unless it escapes what neither a file nor a database can hold: NUL, or half of a surrogate pair."""
    if _UNREADABLE.search(text):
        raise RefusedFile("unreadable_character", row=row, column=_shown(column))
    return text


def _shown(column: str) -> str:
    """A name as it can be told back."""
    return ascii(column[:60])[1:-1] if not column.isprintable() else column[:60]
