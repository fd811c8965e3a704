"""What signing in leaves behind: dead sessions, limits that are over, assertions too old to come again."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Exists, OuterRef

from pmo_portal.core import quotas
from pmo_portal.core.models import SeenAssertion, SetupLink

KEPT = timedelta(days=1)  # an assertion is accepted until its end and the drift of two clocks: minutes


def tidy(now: datetime) -> None:
    """Delete what is over at `now`."""
    Session.objects.filter(expire_date__lt=now).delete()
    UserSession.objects.exclude(Exists(Session.objects.filter(session_key=OuterRef("session_key")))).delete()
    SeenAssertion.objects.filter(not_on_or_after__lt=now - KEPT).delete()
    SetupLink.objects.filter(expires_at__lt=now).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_guard WHERE expires < %s", [now])
    quotas.forget(now)
