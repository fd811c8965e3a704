"""What an installation chooses about signing in, read from the environment (docs/operators.md). Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pmo_portal.core.environment import Environment
from pmo_portal.core.identity import services_configuration
from pmo_portal.core.variables import RefusedToStart

IDLE_MINUTES, ABSOLUTE_HOURS = 30, 12
RESET_SECONDS = 30 * 60
FRESH_SECONDS = 10 * 60


@dataclass(frozen=True)
class Identity:
    """`required_roles`: whoever has one of them needs a second factor; `trusted_services`: sign-in services that ask for it."""

    required_roles: frozenset[str]
    trusted_services: frozenset[str]
    idle_seconds: int
    absolute_seconds: int
    mail: Mapping[str, Any]
    services: list[dict[str, Any]]

    @classmethod
    def read(cls, env: Environment) -> "Identity":
        return cls(
            required_roles=frozenset(env.list("MFA_REQUIRED_ROLES")),
            trusted_services=frozenset(env.list("MFA_TRUSTED_SERVICES")),
            idle_seconds=60 * positive(env, "SESSION_IDLE_MINUTES", IDLE_MINUTES),
            absolute_seconds=3600 * positive(env, "SESSION_HOURS", ABSOLUTE_HOURS),
            mail=mail_settings(env),
            services=services_configuration.read(env),
        )

    @property
    def origins(self) -> list[str]:
        """Where a form of ours may lead through a redirect: the sign-in services."""
        return sorted({origin for service in self.services for origin in service["origins"]})

    def settings(self, env: Environment, num_proxies: int) -> dict[str, Any]:
        """The settings of django-allauth and of Django's mail, by name."""
        return {
            **self.mail,
            **account_settings(),
            **factor_settings(env),
            **services_configuration.service_settings(self.services),
            "ALLAUTH_TRUSTED_PROXY_COUNT": num_proxies,
            "PASSWORD_RESET_TIMEOUT": RESET_SECONDS,
            "SESSION_COOKIE_AGE": self.absolute_seconds,
        }


def positive(env: Environment, name: str, default: int) -> int:
    value = env.integer(name, default)
    if value < 1:
        raise RefusedToStart(name, "is not a positive number", f"Leave it out for {default}.")
    return value


def mail_settings(env: Environment) -> dict[str, Any]:
    """SMTP when EMAIL_HOST is set; else letters are written to the console, which is what the demo wants.

    Not in production, where the console is a log and a letter holds a key: there none is sent, and the log says so.
    """
    host = env.text("EMAIL_HOST")
    kind = "smtp" if host else "dummy" if env.production else "console"
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{kind}.EmailBackend",
        "EMAIL_HOST": host,
        "EMAIL_PORT": positive(env, "EMAIL_PORT", 587),
        "EMAIL_HOST_USER": env.text("EMAIL_USER"),
        "EMAIL_HOST_PASSWORD": env.text("EMAIL_PASSWORD"),
        "EMAIL_USE_SSL": env.text("EMAIL_SECURITY", "starttls") == "tls",
        "EMAIL_USE_TLS": env.text("EMAIL_SECURITY", "starttls") == "starttls",
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": env.text("EMAIL_FROM", "PMO Portal <pmo-portal@localhost>"),
        "EMAIL_SUBJECT_PREFIX": "",
    }


def site_url(env: Environment) -> str:
    """Where people reach the portal, for the links of letters that no request asked for."""
    origins = env.list("CSRF_TRUSTED_ORIGINS")
    known = env.text("SITE_URL") or next((one for one in origins if "*" not in one), "")
    return (known or f"http://127.0.0.1:{env.text('PORT', '8000')}").rstrip("/")


def account_settings() -> dict[str, Any]:
    return {
        "ACCOUNT_ADAPTER": "pmo_portal.core.identity.accounts.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"username", "email"},
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "email", "password1*", "password2*"],
        "ACCOUNT_SIGNUP_ENABLED": False,
        "ACCOUNT_FORMS": {
            "login": "pmo_portal.core.identity.forms.SignInForm",
            "reset_password": "pmo_portal.core.identity.forms.ForgottenForm",
            "reset_password_from_key": "pmo_portal.core.identity.forms.NewPasswordForm",
            "change_password": "pmo_portal.core.identity.forms.ChangePasswordForm",
            "set_password": "pmo_portal.core.identity.forms.FirstPasswordForm",
            "add_email": "pmo_portal.core.identity.forms.EmailForm",
            "reauthenticate": "pmo_portal.core.identity.forms.PasswordAgainForm",
        },
        "ACCOUNT_SESSION_REMEMBER": True,  # the session ends by our own clocks, in the middleware
        "ACCOUNT_CHANGE_EMAIL": True,
        "ACCOUNT_EMAIL_VERIFICATION": "optional",
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_EMAIL_SUBJECT_PREFIX": "",
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": FRESH_SECONDS,
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_REAUTHENTICATION_METHODS": ["password", "mfa"],
        "ACCOUNT_USER_DISPLAY": "pmo_portal.core.identity.accounts.shown",
        "ACCOUNT_RATE_LIMITS": {"login_failed": "10/m/ip,5/5m/key"},
    }


def factor_settings(env: Environment) -> dict[str, Any]:
    """Second factors. `localhost` may use passkeys without TLS: browsers call it a secure place too."""
    return {
        "MFA_ADAPTER": "pmo_portal.core.identity.factors.FactorAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,  # nobody opens an account in someone else's name here
        "MFA_TOTP_ISSUER": env.text("TOTP_ISSUER", "PMO Portal"),
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_RECOVERY_CODES_SHOW_ONCE": True,
        "MFA_FORMS": {
            "authenticate": "pmo_portal.core.identity.factor_forms.CodeForm",
            "reauthenticate": "pmo_portal.core.identity.factor_forms.CodeAgainForm",
            "activate_totp": "pmo_portal.core.identity.factor_forms.AppForm",
            "add_webauthn": "pmo_portal.core.identity.factor_forms.AddKeyForm",
            "edit_webauthn": "pmo_portal.core.identity.factor_forms.KeyNameForm",
            "authenticate_webauthn": "pmo_portal.core.identity.factor_forms.KeyForm",
            "reauthenticate_webauthn": "pmo_portal.core.identity.factor_forms.KeyAgainForm",
            "login_webauthn": "pmo_portal.core.identity.factor_forms.KeySignInForm",
        },
    }
