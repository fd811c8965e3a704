"""What differs between installations, read once from the environment. Plain Python: settings, servers and tests share it.

Three kinds of installation, chosen by `PMO_ENV`: `development` (default: secrets are made up once and kept in the data
directory, embedded servers where no URL is given), `test`, and `production`, which refuses to start on a weak secret.
Every text variable may come from a file instead: `SECRET_KEY_FILE=/run/secrets/secret_key` and so on.
"""

import hashlib
import json
import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pmo_portal.core import database_address
from pmo_portal.core.production import check_production
from pmo_portal.core.variables import RefusedToStart, flag, split, text

SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|PEPPER|_KEY\b|_KEY_|PRIVATE")
SHORTEST_RETENTION = 366  # days
KINDS = ("development", "test", "production")
# Requests a minute: of one token or person to read and to write, from one address without a token that works, and in all;
# and files that one person has read, by page or API.
API_RATES = {"reads": 1200, "writes": 300, "failures": 60, "address": 6000, "imports": 20}
# Of one actor: files sent and taken out, letters sent at their request, imports that run at the same time.
QUOTAS = {"imports_per_hour": 60, "imports_at_once": 2, "exports_per_hour": 120, "mails_per_hour": 100}
# A socket address holds 107 characters and a NUL; PostgreSQL appends "/.s.PGSQL.5432.lock" to the directory.
SOCKET_DIRECTORY_LENGTH = 107 - len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Environment:
    """The values settings.py reads. `database` is Django's DATABASES entry; paths are absolute."""

    values: Mapping[str, str]
    base_dir: Path
    kind: str
    data_dir: Path
    secret_key: str
    token_peppers: list[str]
    database: dict[str, Any]
    redis_url: str

    @classmethod
    def read(cls, values: Mapping[str, str], base_dir: Path) -> "Environment":
        """Read and check everything. Raises RefusedToStart (one line, never with the value of a secret)."""
        kind = text(values, "PMO_ENV", "development").lower()
        if kind not in KINDS:
            raise RefusedToStart("PMO_ENV", "is not a kind of installation", f"Use one of: {', '.join(KINDS)}.")
        data_dir = data_directory(values, base_dir)
        entry = database_address.entry(values, socket_directory(data_dir))
        if kind == "production":
            check_production(values, entry, database_address.variable(values))
            key, peppers = text(values, "SECRET_KEY"), split(text(values, "TOKEN_PEPPERS"))
        else:
            key, peppers = text(values, "SECRET_KEY"), split(text(values, "TOKEN_PEPPERS"))
            if not (key and peppers):
                kept = kept_secrets(data_dir)
                key, peppers = key or kept["secret_key"], peppers or kept["token_peppers"]
        return cls(
            values=values,
            base_dir=base_dir,
            kind=kind,
            data_dir=data_dir,
            secret_key=key,
            token_peppers=peppers,
            database=entry,
            redis_url=redis_url(values, data_dir),
        )

    @property
    def app_role(self) -> str:
        return database_address.app_role(self.values)

    @property
    def audit_retention_days(self) -> int:
        """How long the history is kept; 0: for ever. The database keeps a year of it whatever this says."""
        days = self.integer("AUDIT_RETENTION_DAYS", 0)
        if days and days < SHORTEST_RETENTION:
            remedy = f"Use {SHORTEST_RETENTION} or more, or leave it out to keep everything."
            raise RefusedToStart("AUDIT_RETENTION_DAYS", "is less than a year", remedy)
        return days

    @property
    def production(self) -> bool:
        return self.kind == "production"

    @property
    def secrets(self) -> list[str]:
        """Every value that no log may show: our own keys, and what variables with a secret's name or a URL's password hold."""
        named = [text(self.values, name.removesuffix("_FILE")) for name in self.values if SECRET_NAME.search(name)]
        urls = [urlsplit(url).password or "" for url in [self.redis_url, *self.values.values()] if "://" in url]
        parts = [part for value in named for part in (value, *split(value))]
        return [self.secret_key, *self.token_peppers, self.database["PASSWORD"], *parts, *urls, *map(unquote, urls)]

    @property
    def json_logs(self) -> bool:
        """One JSON object a line in production, words elsewhere; LOG_FORMAT=json or text says otherwise."""
        chosen = self.text("LOG_FORMAT", "json" if self.production else "text")
        if chosen not in ("json", "text"):
            raise RefusedToStart("LOG_FORMAT", "is neither json nor text", "Leave it out.")
        return chosen == "json"

    @property
    def broker_url(self) -> str:
        """`redis_url` as Celery's transport spells it (its scheme for a unix socket differs from redis-py's)."""
        parts = urlsplit(self.redis_url)
        if parts.scheme != "unix":
            return self.redis_url
        query = dict(parse_qsl(parts.query))
        user = f":{quote(query['password'], safe='')}@" if "password" in query else ""
        return f"redis+socket://{user}{parts.path}?virtual_host={query.get('db', '0')}"

    @property
    def api_rates(self) -> dict[str, int]:
        """{what: requests a minute}; API_READS_PER_MINUTE and so on, 0 for no limit."""
        usual = dict.fromkeys(API_RATES, 0) if self.kind == "test" else API_RATES
        return {name: self.integer(f"API_{name.upper()}_PER_MINUTE", most) for name, most in usual.items()}

    @property
    def quotas(self) -> dict[str, int]:
        """{what: how many}; IMPORTS_PER_HOUR and so on, 0 for no limit."""
        usual = dict.fromkeys(QUOTAS, 0) if self.kind == "test" else QUOTAS
        return {name: self.integer(name.upper(), most) for name, most in usual.items()}

    @property
    def static_root(self) -> Path:
        return self.base_dir / (self.text("STATIC_ROOT") or self.data_dir / "static")

    @property
    def static_storage(self) -> str:
        """Hashed names and compressed copies; plain files while developing the pages and in tests."""
        if self.kind == "test" or self.flag("DEBUG"):
            return "django.contrib.staticfiles.storage.StaticFilesStorage"
        return "pmo_portal.core.static.HashedStaticFiles"

    @property
    def cookie_names(self) -> tuple[str, ...]:
        """Names of the session, CSRF and language cookies; the `__Host-` prefix needs HTTPS, so only in production."""
        prefix = "__Host-" if self.production else "pmo_"
        return tuple(prefix + name for name in ("session", "csrf", "language"))

    @property
    def demo_data(self) -> Path:
        return self.base_dir / self.text("DEMO_DATA", str(self.base_dir.parent / "shared" / "data" / "portfolios"))

    def text(self, name: str, default: str = "") -> str:
        return text(self.values, name, default)

    def list(self, name: str) -> list[str]:
        """Values separated by commas or line ends, without blanks."""
        return split(self.text(name))

    def flag(self, name: str) -> bool:
        return flag(self.values, name)

    def integer(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.lstrip("-").isdigit():
            raise RefusedToStart(name, "is not a whole number", f"Leave it out for {default}.")
        return int(value)


def data_directory(values: Mapping[str, str], base_dir: Path) -> Path:
    return (base_dir / text(values, "DATA_DIR", ".data")).absolute()


def socket_directory(data_dir: Path) -> Path:
    """Where the embedded servers keep their sockets: beside the data, or a short private directory when that path is too long.

    The same data directory always gives the same answer to the same user, so settings know the address without asking.
    """
    beside = data_dir / "run"
    if len(os.fsencode(beside)) <= SOCKET_DIRECTORY_LENGTH:
        return beside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"pmo-{os.getuid()}-{digest}"


def redis_url(values: Mapping[str, str], data_dir: Path) -> str:
    """REDIS_URL in redis-py's spelling, with REDIS_PASSWORD put in when the URL has none; else the embedded server's socket."""
    url = text(values, "REDIS_URL")
    if not url:
        return f"unix://{quote(str(socket_directory(data_dir) / 'valkey.sock'))}?db=0"
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise RefusedToStart("REDIS_URL", "is not a Redis address", "Write it as redis://:password@host:6379/0.")
    password = text(values, "REDIS_PASSWORD")
    if password and parts.scheme != "unix" and not parts.password:
        host = parts.netloc.rpartition("@")[2]
        url = parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{host}").geturl()
    return url


def kept_secrets(data_dir: Path) -> dict[str, Any]:
    """{"secret_key": str, "token_peppers": [str]}: made up at the first start, kept in the data directory, for its owner only."""
    path = data_dir / "secrets.json"
    try:
        if not path.exists():
            make_data_directory(data_dir)
            write_once(path, {"secret_key": secrets.token_urlsafe(64), "token_peppers": [secrets.token_urlsafe(48)]})
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError:
        raise RefusedToStart(
            "DATA_DIR",
            f"({data_dir}) belongs to another user",
            "Run as that user, or set DATA_DIR to a directory of your own.",
        ) from None
    except OSError as error:
        raise RefusedToStart(
            "DATA_DIR", f"({data_dir}) cannot be used: {error.strerror}", "Set DATA_DIR to another directory."
        ) from None
    except ValueError:
        raise RefusedToStart("DATA_DIR", f"holds a damaged {path.name}", f"Delete {path}: a new one is made.") from None
    return kept


def make_data_directory(data_dir: Path) -> None:
    """Private to its owner; as root the servers run as another user, who must be able to pass through."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711 if os.getuid() == 0 else 0o700)


def write_once(path: Path, content: dict[str, Any]) -> None:
    """Write JSON with mode 0600 unless the file exists: of two processes starting at once, one wins and both read the same."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
