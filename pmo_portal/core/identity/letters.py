"""The letters about accounts: one table of what each says, one template for all, in the language of whom it goes to."""

import logging
import smtplib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

log = logging.getLogger(__name__)

NOT_YOU = _("If it was not you, change your password at once and tell your administrator.")

NOT_ASKED = _("If you did not ask for this, tell another administrator at once.")

ASK = _("If you do not know why, ask the person named above or another administrator.")


@dataclass(frozen=True)
class Letter:
    """`link` names the address in the context; `text` may name its other values as %(name)s."""

    subject: Promise
    text: Promise
    link: str = ""
    action: Promise | str = ""
    end: Promise = NOT_YOU


LETTERS: Mapping[str, Letter] = {
    "account/email/password_reset_key": Letter(
        _("Choose a new password"),
        _(
            "Somebody, probably you, asked for a new password for the account %(username)s. The link works once, for 30 minutes."
        ),
        "password_reset_url",
        _("Choose a new password"),
        _("If it was not you, there is nothing to do: your password stays as it is."),
    ),
    "welcome": Letter(
        _("Your account on the PMO portal"),
        _(
            "An account was made for you; your user name is %(username)s. "
            "Choose your password: give this address, and follow the link."
        ),
        "choose_url",
        _("Choose my password"),
        _("If you do not know what this is about, there is nothing to do."),
    ),
    "account/email/email_confirmation": Letter(
        _("Confirm your e-mail address"),
        _("Please confirm that this address is yours. Until then your former one stays."),
        "activate_url",
        _("Confirm my address"),
        _("If you do not know what this is about, there is nothing to do."),
    ),
    "account/email/password_changed": Letter(
        _("Your password was changed"), _("The password of your account was changed.")
    ),
    "account/email/password_reset": Letter(
        _("Your password was changed"), _("The password of your account was changed.")
    ),
    "account/email/password_set": Letter(_("Your password was set"), _("Your account now has a password.")),
    "account/email/email_changed": Letter(
        _("Your e-mail address was changed"),
        _("The address of your account is now %(to_email)s instead of %(from_email)s."),
    ),
    "account/email/email_deleted": Letter(
        _("An e-mail address was removed"), _("The address %(deleted_email)s no longer belongs to your account.")
    ),
    "mfa/email/totp_activated": Letter(
        _("Authenticator app added"), _("An authenticator app now guards your account.")
    ),
    "mfa/email/totp_deactivated": Letter(
        _("Authenticator app removed"), _("The authenticator app no longer guards your account.")
    ),
    "mfa/email/webauthn_added": Letter(_("Security key added"), _("A security key was added to your account.")),
    "mfa/email/webauthn_removed": Letter(_("Security key removed"), _("A security key was removed from your account.")),
    "mfa/email/recovery_codes_generated": Letter(
        _("New recovery codes"), _("New recovery codes were made for your account; the former ones no longer work.")
    ),
    "socialaccount/email/account_connected": Letter(
        _("Sign-in service linked"), _("Your account can now be opened through %(provider)s.")
    ),
    "socialaccount/email/account_disconnected": Letter(
        _("Sign-in service unlinked"), _("Your account can no longer be opened through %(provider)s.")
    ),
    "identity/mfa_reset": Letter(
        _("Your second factor was removed"),
        _(
            "%(by)s removed the second factor of your account and signed you out everywhere. Until you add another one under "
            "“Sign-in and security”, your password alone opens your account. Reason given: %(why)s"
        ),
        end=_("If you did not ask for this, tell an administrator at once: somebody may be trying to come in."),
    ),
    "identity/password_given": Letter(
        _("Your password was set by somebody else"),
        _("%(by)s set a new password for your account and signed you out everywhere."),
        end=NOT_ASKED,
    ),
    "identity/email_given": Letter(
        _("Your e-mail address was changed by somebody else"),
        _("%(by)s changed the address of your account: it is now %(to_email)s instead of %(from_email)s."),
        end=NOT_ASKED,
    ),
    "identity/sessions_ended": Letter(
        _("You were signed out everywhere"),
        _("%(by)s ended all your sessions. Your account is as before: sign in again. Reason given: %(why)s"),
        end=ASK,
    ),
    "access/viewed_as": Letter(
        _("An administrator looked at the portal as you"),
        _(
            "%(by)s looks at the portal as you, for half an hour at most and without changing anything. Reason given: %(why)s"
        ),
        end=ASK,
    ),
    "access/emergency": Letter(
        _("Emergency access opened"),
        _("%(by)s opened an emergency access to “%(place)s” until %(until)s. Reason given: %(why)s"),
        end=ASK,
    ),
}


def write(key: str, to: str, user: Any, context: Mapping[str, Any]) -> EmailMultiAlternatives:
    """The letter `key` of `LETTERS`, as text and as simple HTML."""
    letter = LETTERS[key.replace("_signup", "")]
    with translation.override(getattr(user, "language", None) or settings.LANGUAGE_CODE):
        told = {
            "name": getattr(user, "label", ""),
            "subject": letter.subject,
            "text": str(letter.text) % {name: str(value) for name, value in context.items()},
            "link": context.get(letter.link, ""),
            "action": letter.action,
            "end": letter.end,
            "language": translation.get_language(),
        }
        subject = " ".join(str(letter.subject).split())
        mail = EmailMultiAlternatives(subject, render_to_string("core/letter.txt", told).strip() + "\n", None, [to])
        mail.attach_alternative(render_to_string("core/letter.html", told), "text/html")
    return mail


def post(mail: EmailMultiAlternatives) -> None:
    """Send it; by SMTP beside the answer, whose time then says nothing about whether the address is known."""
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        threading.Thread(target=_send, args=(mail,), name="letter").start()
    else:
        _send(mail)


def _send(mail: EmailMultiAlternatives) -> None:
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        log.error("a letter could not be sent (%s): EMAIL_HOST is not set", mail.subject)
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        log.error("a letter could not be sent (%s): %s", mail.subject, error)
