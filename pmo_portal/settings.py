"""Settings: one file; everything that differs between installations comes from the environment (docs/operators.md)."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from pmo_portal.core.environment import Environment
from pmo_portal.core.identity.configuration import Identity, site_url

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment.read(os.environ, BASE_DIR)

SECRET_KEY = env.secret_key
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS")
TOKEN_PEPPERS = env.token_peppers  # newest first; tokens hashed with an older one keep working
DEBUG = env.flag("DEBUG")
PRODUCTION = env.production
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS")
SECURITY_CONTACTS = env.list("SECURITY_CONTACT")
NUM_PROXIES = env.integer("NUM_PROXIES", int(env.flag("BEHIND_PROXY")))  # of ours: each adds to X-Forwarded-For

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "rest_framework",
    "drf_spectacular",
    "pmo_portal.core",
    "projects",
    "portfolio",
    "reporting",
    "pmo_portal.demo",
    "pmo_portal",
]

MIDDLEWARE = [
    "pmo_portal.core.headers.SecurityHeadersMiddleware",
    "pmo_portal.core.plain_http.PlainHttpMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pmo_portal.core.compression.CompressionMiddleware",
    "pmo_portal.core.middleware.RequestContextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pmo_portal.core.identity.middleware.SessionClockMiddleware",
    "pmo_portal.core.middleware.ActorMiddleware",
    "projects.access.view_as.ViewAsMiddleware",
    "pmo_portal.core.middleware.UserLanguageMiddleware",
    "pmo_portal.core.middleware.RateLimitMiddleware",
    "pmo_portal.core.token_leaks.TokenLeakMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "pmo_portal.core.identity.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pmo_portal.core.middleware.NoNulMiddleware",
    "pmo_portal.core.middleware.AskedDayMiddleware",
    "pmo_portal.core.forms_only.FormsOnlyMiddleware",
]

ROOT_URLCONF = "pmo_portal.urls"
WSGI_APPLICATION = "pmo_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pmo_portal.core.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "pmo_portal.core.templatetags.ui",
                "pmo_portal.core.templatetags.health",
                "pmo_portal.core.templatetags.money",
                "pmo_portal.core.templatetags.days",
                "pmo_portal.core.templatetags.chart",
                "projects.hierarchy.tags",
                "projects.raid.tags",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": {
        **env.database,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **env.database.get("OPTIONS", {}),
            "options": "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000",
        },
    }
}
DATABASE_APP_ROLE = env.app_role  # who serves, whoever this process is (core/database_roles.py)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["projects.access.backend.PolicyBackend"]
PASSWORD_WORDS = env.list("PASSWORD_WORDS")  # of the organisation: easy to guess
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "pmo_portal.core.identity.own_words.OwnWordsValidator"},
    {"NAME": "pmo_portal.core.identity.guessable.GuessableValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "core:sign-in"
LOGIN_REDIRECT_URL = "core:home"
LOGOUT_REDIRECT_URL = "core:sign-in"
SITE_URL = site_url(env)
IDENTITY = Identity.read(env)
globals().update(
    IDENTITY.settings(env, NUM_PROXIES)
)  # django-allauth's, mail's and the session's: core/identity/configuration.py

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "Europe/Paris")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.static_root
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {".svg": "image/svg+xml; charset=utf-8"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": env.static_storage},
}
MEDIA_ROOT = env.data_dir / "media"
DATA_DIR = env.data_dir
AUDIT_RETENTION_DAYS = env.audit_retention_days
DEMO_DATA = env.demo_data
DEMO_LANGUAGE = "en" if env.text("DEMO_LANGUAGE", "fr") == "en" else "fr"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 26 * 1024 * 1024

REDIS_URL = env.redis_url
CACHES = {
    "default": {
        "BACKEND": "pmo_portal.core.identity.cache.PortalCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "pmo",
        "OPTIONS": {
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
            "serializer": "pmo_portal.core.signed_cache.SignedSerializer",
        },
    },
    "guards": {  # limits of sign-in and used codes: in PostgreSQL, so that they hold when Valkey is away
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_guard",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
}
CELERY_BROKER_URL = env.broker_url

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # scripts read the token from a form
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = env.cookie_names
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 86400 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pmo_portal.core.error_pages.csrf_failure"
SECURE_CSP = {  # the name and shape Django 6 reads, so that upgrading removes our middleware
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'", *IDENTITY.origins],  # a sign-in service is reached by a redirect after a form
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "report-uri": ["/csp-report"],
}

API_RATES, QUOTAS = env.api_rates, env.quotas
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "projects.access.token_auth.TokenAuthentication",
        "pmo_portal.core.identity.api_session.FactorSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "pmo_portal.core.api.throttling.WithinLimits",
        "rest_framework.permissions.IsAuthenticated",
        "pmo_portal.core.api.permissions.WithinScopes",
        "pmo_portal.core.identity.api_session.ProvedLately",
    ],
    "DEFAULT_RENDERER_CLASSES": ["pmo_portal.core.api.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["pmo_portal.core.api.parsing.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "pmo_portal.core.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "pmo_portal.core.api.problem_handler",
    "DEFAULT_PAGINATION_CLASS": "pmo_portal.core.api.KeyCursorPagination",
    "PAGE_SIZE": 100,
    "NUM_PROXIES": NUM_PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PMO portal API",
    "DESCRIPTION": "Portfolios, programmes, projects and their health. Tokens: `Authorization: Token …`.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "pmo_portal.core.schema.close_bodies"],
    "ENUM_NAME_OVERRIDES": {
        "ProjectState": "projects.hierarchy.models.Project.State",
        "DeclaredLevel": "projects.hierarchy.declared.Level",
        "Rag": "reporting.health.models.RAG_CHOICES",
        "Trend": "projects.hierarchy.models.Project.Trend",
        "NodeKind": "projects.hierarchy.models.Node.Kind",
        "MoneyKind": "projects.money.models.BudgetLine.Kind",
        "AbsenceKind": "projects.resources.models.Absence.Kind",
        "UnitKind": "projects.resources.models.Unit.Kind",
        "RiskKind": "projects.raid.models.Risk.Kind",
        "Right": "projects.access.api.me.RIGHTS",
        "RiskStatus": "projects.raid.models.Risk.Status",
        "DependencyStatus": "projects.raid.models.Standing",
        "IssueStatus": "projects.raid.models.Issue.Status",
        "ActionStatus": "projects.raid.models.Action.Status",
        "DecisionStatus": "projects.raid.models.Decision.Status",
        "DecisionOutcome": "projects.raid.models.Decision.Outcome",
        "ScaleEnum": "projects.hierarchy.declared.Scale",
        "AssessmentScale": "projects.raid.models.Assessment.Scale",
        "AssessmentRating": "projects.raid.models.Assessment.Rating",
        "AssessmentState": "projects.raid.models.Assessment.State",
        "PeriodState": "reporting.status.models.ReportingPeriod.State",
        "ReportState": "reporting.status.models.StatusReport.State",
        "Judgement": "reporting.status.models.JUDGED",
        "Evidence": "reporting.status.models.Evidence",
        "Cadence": "reporting.status.models.ReportingCalendar.Cadence",
        "ImportStateEnum": "projects.exchange.models.ImportBatch.State",
        "ReliefKind": "portfolio.relief.models.Proposal.Kind",
        "LevelingState": "portfolio.relief.models.Leveling.State",
        "ProposalState": "portfolio.relief.models.Proposal.State",
        "BulkOutcome": "pmo_portal.core.api.bulk_bodies.OUTCOMES",
    },
}

LOG_LINE = "pmo_portal.core.log_lines.JsonLines" if env.json_logs else "pmo_portal.core.log_lines.HumanLines"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": LOG_LINE, "secrets": env.secrets}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "none": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},  # without Django's own handlers, which mail and repeat
        "django.request": {"level": "ERROR"},  # each request has its line in `pmo.request`
        "django.security": {
            "handlers": ["none"],
            "propagate": False,
        },  # told by `pmo.security` (core/security_events.py)
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
    },
}
