"""The toast that offers to take a change back, and the button behind it (ux.md §3.3)."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pmo_portal.core import trace, undo
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.site import way_back


def reader(request: HttpRequest) -> User:
    """The signed-in user; the middleware lets nobody else in."""
    return cast(User, request.user)


def told(request: HttpRequest, words: Any, *, tag: str = "undo") -> str:
    """Say that it is done; the message offers to take back what this request changed where that is possible.

    Returns the request to give back, "" without one. `tag` "redo" says that the change was itself a taking back.
    """
    here = trace.current().request_id
    offered = here if undo.possible(undo.events_of(reader(request), here)) else ""
    messages.success(request, words, extra_tags=f"{tag}:{offered}" if offered else "")
    return offered


@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """`change` names a request of the reader's own; `event` one entry of the history of a project they may edit."""
    events = asked(request)
    if not events:
        raise Http404
    # What is taken back of a taking back is no event of its own where rows came and went: the button knows what it offered.
    offered = {"undo": False, "redo": True}
    again = offered.get(request.POST.get("as", ""), all(event.action == "undo" for event in events))
    try:
        undo.take_back(events, by=reader(request), on=timezone.localdate())
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        told(request, _("Done again") if again else _("Taken back"), tag="undo" if again else "redo")
    return HttpResponseRedirect(way_back(request))


def asked(request: HttpRequest) -> list[AuditEvent]:
    """What the form names; nothing for an entry that is somebody else's and may not be restored by this reader."""
    change, number = request.POST.get("change", "")[:40], request.POST.get("event", "")
    if change:
        return undo.events_of(reader(request), change)
    event = AuditEvent.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    return [event] if event is not None and undo.may_restore(reader(request), event) else []
