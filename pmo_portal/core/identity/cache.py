"""The portal's cache, with one exception: what guards the doors is kept in PostgreSQL.

django-allauth counts failed sign-ins and remembers used codes in the default cache, and offers no setting for another. In Valkey
they would be gone when it is away, emptied or short of memory, and with them either the limits or the sign-in. In the database
they are as durable as the accounts, and written only when somebody signs in.
"""

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache

GUARDED = ("allauth", "jwt:", "saml.", "identity:")
GUARDS = "guards"


class PortalCache(RedisCache):
    """Valkey; keys that begin with one of `GUARDED` are answered by the cache named `guards`."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return caches[GUARDS].get(key, default) if guarded(key) else super().get(key, default, version)

    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        if guarded(key):
            return caches[GUARDS].add(key, value, *args, **kwargs)
        return super().add(key, value, *args, **kwargs)

    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        if guarded(key):
            caches[GUARDS].set(key, value, *args, **kwargs)
        else:
            super().set(key, value, *args, **kwargs)

    def delete(self, key: str, version: int | None = None) -> bool:
        return caches[GUARDS].delete(key) if guarded(key) else super().delete(key, version)


def guarded(key: str) -> bool:
    return key.startswith(GUARDED)
