"""When the database is away: 503 with Retry-After, for people and for programs, instead of an error of ours."""

import json
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from psycopg2 import errors as postgres

RETRY_SECONDS = 10
# These OperationalErrors are about one statement; every other one is about the server or the way to it.
ABOUT_A_STATEMENT = (postgres.LockNotAvailable, postgres.DeadlockDetected, postgres.QueryCanceled)


def database_is_away(error: BaseException | None = None) -> bool:
    """Whether this error (default: the one being handled) means that the database does not answer."""
    error = error or sys.exc_info()[1]
    return isinstance(error, OperationalError | InterfaceError) and not isinstance(error.__cause__, ABOUT_A_STATEMENT)


def unavailable(request: HttpRequest, page: HttpResponse) -> HttpResponse:
    """`page` as a 503, or a problem document under /api/."""
    if request.path.startswith("/api/"):
        title = _("The database does not answer; try again in a moment.")
        body = json.dumps({"type": "about:blank", "title": title, "status": 503, "detail": title, "errors": []})
        page = HttpResponse(body, content_type="application/problem+json")
    page.status_code = 503
    page["Retry-After"] = str(RETRY_SECONDS)
    return page
