"""The version a reader saw and an editor must name: `ETag` in answers, `If-Match` in changes (428 without, 412 when stale).

Rows that carry a version have the ETag `"v3"`. Others, such as accounts, have one made from what they say.
"""

import hashlib
import re
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core import editing
from pmo_portal.core.api.expand import MEMBER
from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.problems import PreconditionRequired
from pmo_portal.core.api.rendering import plain
from pmo_portal.core.api.rows import Row

NEVER = -1  # a version no row has
_VERSION = re.compile(r'"v([0-9]{1,9})"')


def etag(row: Row) -> dict[str, str]:
    """The version to send back in `If-Match`, for rows that have one."""
    return {"ETag": f'"v{row["version"]}"'} if row.get("version") is not None else {}


def fingerprint(row: Row) -> dict[str, str]:
    """The same for rows without a version: the name of their content."""
    said = {name: value for name, value in row.items() if not name.startswith(MEMBER) and not name.endswith("url")}
    content = orjson.dumps(said, default=plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return {"ETag": f'"h{hashlib.blake2b(content, digest_size=10).hexdigest()}"'}


def seen(request: Request) -> str:
    """What `If-Match` names; 428 when it names no version."""
    given: str = request.headers.get("If-Match", "").strip()
    if given == "*":
        raise PreconditionRequired(
            _('`*` would overwrite what you have not seen: send the ETag of the version you saw, for example "v3".')
        )
    if not given:
        raise PreconditionRequired(_('Send the ETag of the version you saw in the header If-Match, for example "v3".'))
    return given


def version_seen(request: Request) -> int:
    """The version of `If-Match`. One that never was is simply not the stored one."""
    match = _VERSION.fullmatch(seen(request))
    return int(match[1]) if match else NEVER


class Fingerprinted:
    """For a resource whose rows carry no version: the row is held, then compared with what the editor saw."""

    def etag(self, row: Row) -> dict[str, str]:
        return fingerprint(row)

    def update(self: Any, request: Request, pk: str, partial: bool = False, **kwargs: Any) -> Response:
        check_query(request, ())
        with editing.writing():
            self.compare(pk, self.rights.update, hold=True)
            changed: Response = super().update(request, pk, partial=partial, **kwargs)  # type: ignore[misc]
            return changed

    def destroy(self: Any, request: Request, pk: str, **kwargs: Any) -> Response:
        check_query(request, ())
        with editing.writing():
            self.compare(pk, self.rights.delete, hold=True)
            gone: Response = super().destroy(request, pk, **kwargs)  # type: ignore[misc]
            return gone

    def compare(self: Any, pk: str, right: str, *, hold: bool = False) -> None:
        """404, 403, 428 or 412, in this order, as everywhere; the row may be held until the end of the transaction."""
        row = self.find(pk)
        self.require(right, row)
        given = seen(self.request)
        if hold:
            editing.hold(type(row), row.pk)
        if self.etag(self.read(pk))["ETag"] != given:
            raise self.stale(pk)
