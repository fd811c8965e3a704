"""Lists of addresses from which something is accepted: single ones or networks, IPv4 and IPv6."""

import ipaddress
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> list[str]:
    """The networks of a text with one a line, or separated by commas or blanks, each as it is written shortest."""
    found, refused = [], []
    for part in text.replace(",", " ").split():
        try:
            found.append(str(ipaddress.ip_network(part, strict=False)))
        except ValueError:
            refused.append(part)
    if refused:
        told = _("Not an address or a network: %(parts)s. Write for example 192.0.2.10 or 2001:db8::/32.")
        raise ValidationError(told % {"parts": ", ".join(refused)})
    return list(dict.fromkeys(found))


def is_within(address: str, allowed: Iterable[str]) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(given, ipaddress.IPv6Address) and given.ipv4_mapped:
        given = given.ipv4_mapped
    return any(given in ipaddress.ip_network(one) for one in allowed)
