"""`python -m tests.production_environment COMMAND…` runs a command with settings as in production, with secrets made up now."""

import os
import secrets
import sys


def production_environment() -> dict[str, str]:
    """Everything production asks for, by name."""
    return {
        "PMO_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "TOKEN_PEPPERS": secrets.token_urlsafe(48),
        "DATABASE_URL": "postgres://portal@127.0.0.1:9/pmo",
        "DATABASE_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
        "ALLOWED_HOSTS": "pmo.example.org",
        "BEHIND_PROXY": "1",
    }


if __name__ == "__main__":
    os.execvpe(sys.argv[1], sys.argv[1:], {**os.environ, **production_environment()})
