"""E-mail addresses as django-allauth knows them, beside the one on the account."""

from allauth.account.models import EmailAddress
from django.db.models import F

from pmo_portal.core.models import User


def belongs(email: str, *, but: User | None = None) -> bool:
    """Whether an account other than `but` has this address, or confirmed it."""
    email = email.strip().lower()
    had = User.objects.filter(email=email).values_list("pk", flat=True)
    confirmed = EmailAddress.objects.filter(email=email, verified=True).values_list("user_id", flat=True)
    return bool({*had, *confirmed} - {but.pk if but else None})


def drop_claims(email: str) -> None:
    """What somebody asked for and never confirmed is nobody's: it keeps no one from their own address."""
    EmailAddress.objects.filter(email=email.strip().lower(), verified=False).exclude(user__email=F("email")).delete()


def forget(user: User) -> None:
    """After somebody else chose the account's address: a former one, though confirmed, opens nothing any more."""
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
    drop_claims(user.email)


def vouch(user: User) -> None:
    """The address on the account counts as confirmed: whoever made the account gave it. Then a new one waits for its link."""
    if not user.email or EmailAddress.objects.filter(user=user, verified=True).exists():
        return
    address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email.lower())
    if address.set_verified():
        address.set_as_primary(conditional=True)
