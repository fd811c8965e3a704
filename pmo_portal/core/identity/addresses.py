"""E-mail addresses as django-allauth knows them, beside the one on the account."""

from allauth.account.models import EmailAddress

from pmo_portal.core.models import User


def forget(user: User) -> None:
    """After somebody else changed the account's address: a former one, though confirmed, opens nothing any more."""
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()


def vouch(user: User) -> None:
    """The address on the account counts as confirmed: whoever made the account gave it. Then a new one waits for its link."""
    if not user.email or EmailAddress.objects.filter(user=user, verified=True).exists():
        return
    address, _made = EmailAddress.objects.get_or_create(user=user, email=user.email.lower())
    if address.set_verified():
        address.set_as_primary(conditional=True)
