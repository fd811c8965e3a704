"""JSON in, whatever somebody sends: what cannot be read is a 400, never an error of ours."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """The framework's, which does not expect brackets nested deeper than Python goes, and says in English where it stopped."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
        except ParseError as error:
            cause = error.__context__
            if not isinstance(cause, json.JSONDecodeError):
                raise ParseError(_("This is not JSON.")) from error
            words = _("This is not JSON: it cannot be read from line %(line)d, column %(column)d on.")
            raise ParseError(words % {"line": cause.lineno, "column": cause.colno}) from error
