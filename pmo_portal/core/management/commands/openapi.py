"""`manage.py openapi`: the OpenAPI document as it is served, in a form whose differences can be reviewed line by line."""

import orjson
from django.core.management.base import BaseCommand

from pmo_portal.core.api.rendering import plain
from pmo_portal.core.schema import document


def readable() -> str:
    """The document, indented, names sorted."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document(), default=plain, option=options).decode()


class Command(BaseCommand):
    help = "Prints the OpenAPI document of /api/v1/. The agreed one is tests/contracts/openapi.json (make openapi)."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(readable(), ending="")
