"""A client of the API for tests: signs with a real token, speaks JSON, remembers nothing."""

import json
from typing import Any

from django.test import Client

from pmo_portal.core import tokens
from pmo_portal.core.models import User

ROOT = "/api/v1/"


class Api:
    """`Api(ada).get("projects/", portfolio="NORTH")`; `.json()` is ready in the answer. None: not signed in."""

    def __init__(self, user: User | None) -> None:
        self.client = Client()
        self.headers = {}
        if user is not None:
            _row, text = tokens.issue(user=user, name="tests")
            self.headers = {"Authorization": f"Token {text}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{ROOT}{path}", query, headers=self.headers)

    def send(self, method: str, path: str, body: Any = None, *, version: Any = None, **headers: str) -> Any:
        sent = {**self.headers, **headers}
        if version is not None:
            sent["If-Match"] = version if isinstance(version, str) else f'"v{version}"'
        data = json.dumps(body) if body is not None else ""
        return self.client.generic(method, f"{ROOT}{path}", data, content_type="application/json", headers=sent)

    def post(self, path: str, body: Any, **more: Any) -> Any:
        return self.send("POST", path, body, **more)

    def patch(self, path: str, body: Any, **more: Any) -> Any:
        return self.send("PATCH", path, body, **more)

    def put(self, path: str, body: Any, **more: Any) -> Any:
        return self.send("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> Any:
        return self.send("DELETE", path, **more)

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The results of a list, or an AssertionError with the answer."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.content
        found: list[dict[str, Any]] = answer.json()["results"]
        return found
