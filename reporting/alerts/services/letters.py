"""Notifications by letter: one a day by default. What was sent is written down with the sending; what failed waits for next time.

Between the mail server's yes and the commit lies an instant in which a kill would send a letter again: it then has the same
Message-ID, which mail programs know as the same letter.
"""

import hashlib
import logging
import smtplib
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from pmo_portal.core.models import User
from reporting.alerts import selectors
from reporting.alerts.models import Mailing, Notification
from reporting.alerts.words import lines

MORNING = time(8)
MOST_LINES = 30  # a longer letter is read by nobody: it says how many more there are

log = logging.getLogger(__name__)


def send_due(*, now: datetime) -> int:
    """Send what is due to everybody; returns how many letters went. A mail server that is away ends the round, no letter."""
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        return 0  # nothing is sent here, and nothing counts as sent
    sent = 0
    with_mail = User.objects.filter(is_active=True, is_service=False).exclude(email="")
    waiting = Notification.objects.filter(mailed_at__isnull=True).values("user")
    for user in with_mail.filter(pk__in=waiting).order_by("pk"):
        try:
            sent += send(user, now=now)
        except smtplib.SMTPRecipientsRefused as error:
            log.warning("a letter was refused for user %s: %s", user.pk, sorted(error.recipients.values()))
        except (OSError, smtplib.SMTPException) as error:
            log.error("letters wait, the mail server does not take them: %s", error)
            break
    return sent


def send(user: User, *, now: datetime) -> bool:
    """The letter of one person, if it is time for it."""
    with transaction.atomic():
        rows = list(selectors.waiting(user).select_for_update(of=("self",), skip_locked=True))
        if not rows or not is_time(user, now):
            return False
        letter(user, rows, day=timezone.localdate(now)).send()
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now)
    return True


def is_time(user: User, now: datetime) -> bool:
    how = Mailing.objects.filter(user=user).values_list("how", flat=True).first() or Mailing.How.DAILY
    if how != Mailing.How.DAILY:
        return how == Mailing.How.AT_ONCE
    here = timezone.localtime(now)
    morning = here.replace(hour=MORNING.hour, minute=0, second=0, microsecond=0)
    return here >= morning and not Notification.objects.filter(user=user, mailed_at__gte=morning).exists()


def letter(user: User, rows: list[Notification], *, day: date) -> EmailMultiAlternatives:
    """In the language of its reader; links lead to pages, and opening one changes nothing."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        told_lines = lines(rows[:MOST_LINES])
        subject = ngettext("%(count)d point needs you", "%(count)d points need you", len(rows)) % {"count": len(rows)}
        told: dict[str, Any] = {
            "name": user.label,
            "subject": subject,
            "lines": told_lines,
            "more": len(rows) - len(told_lines),
            "site": settings.SITE_URL,
            "language": translation.get_language(),
        }
        text = render_to_string("reporting/alerts/letter.txt", told).strip() + "\n"
        mail = EmailMultiAlternatives(subject, text, None, [user.email], connection=get_connection())
        mail.attach_alternative(render_to_string("reporting/alerts/letter.html", told), "text/html")
    same = hashlib.sha256(f"{user.pk}:{','.join(str(row.pk) for row in rows)}".encode()).hexdigest()[:32]
    mail.extra_headers = {"Message-ID": f"<{same}@pmo-portal>", "Auto-Submitted": "auto-generated"}
    return mail
