"""The floor's tables: who signs in, what happened, and what is still to be done."""

from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record, in_words
from pmo_portal.core.small_letters import SmallEmailField

EMAIL_TAKEN = _("Another account has this address, perhaps one that is closed. Each account has its own.")


@vocabulary.kept
class User(AbstractUser):
    """Someone who can sign in. Someone who works on projects is a `projects.Person`; the two may be linked."""

    class Language(models.TextChoices):
        FRENCH = "fr", _("French")
        ENGLISH = "en", _("English")

    class Theme(models.TextChoices):
        AUTO = "auto", _("Like the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    email = SmallEmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.FRENCH)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    density = models.CharField(_("density"), max_length=11, choices=Density, default=Density.COMFORTABLE)
    shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)  # moves on when all sessions are to end
    is_service = models.BooleanField(_("service account"), default=False, db_default=False, editable=False)

    record = Record(
        label=("username",),
        without=("last_login", "date_joined", "theme", "density", "shortcuts", "session_epoch"),
        masked=("password",),
    )

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined]  # the stubs do not show it
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(  # a program has tokens: no password, no address to reset one with, no say over the portal
                condition=models.Q(is_service=False)
                | models.Q(is_superuser=False, is_staff=False, email="", password__startswith="!"),  # noqa: S106
                name="user_service_account_cannot_sign_in",
            ),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_in_small_letters"),
            models.UniqueConstraint(  # of closed accounts too: one that is opened again still has its own
                fields=["email"],
                condition=~models.Q(email=""),
                name="user_email_once",
                violation_error_code="unique",
                violation_error_message=EMAIL_TAKEN,
            ),
        ]

    @property
    def label(self) -> str:
        """The name people know: full name, else the user name."""
        return self.get_full_name() or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What every session of this user has to carry: another password, or another epoch, ends them all."""
        salt = "pmo_portal.core.User.session"
        return salted_hmac(salt, f"{self.session_epoch}:{self.password}", secret=secret, algorithm="sha256").hexdigest()


class Stamped(models.Model):
    """An editable row: when it was made and changed, and the version an editor must have seen to change it.

    The database bumps `version` on every UPDATE that changes the row (`core_bump_version`), so bulk and raw writes count too.
    """

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        abstract = True


EVERYDAY = ("create", "update", "delete", "follow", "declare", "undo")  # what most events of the history did
SELDOM = ("job", "command", "sql")  # where few of them came from


@vocabulary.kept
class AuditEvent(models.Model):
    """One change of one record: `changes` maps each field to [before, after] as JSON values."""

    class Source(models.TextChoices):
        PAGE = "page", _("page")
        API = "api", _("API")
        IMPORT = "import", _("import")
        BULK = "bulk", _("workbook")
        JOB = "job", _("background job")
        COMMAND = "command", _("command line")
        SQL = "sql", _("straight in the database")

    at = models.DateTimeField(_("at"), auto_now_add=True)
    actor = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("who")
    )
    on_behalf_of = models.ForeignKey(  # whose right it was, when a delegation lent it
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("for whom")
    )
    token = models.CharField(_("API token"), max_length=80, blank=True, default="", db_default="")
    action = models.CharField(_("action"), max_length=40)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    target_label = models.CharField(max_length=300, blank=True)
    target_label_en = models.CharField(max_length=300, blank=True, default="", db_default="")  # "": the same
    project_id = models.BigIntegerField(null=True)
    changes = models.JSONField(default=dict)
    source = models.CharField(_("source"), max_length=10, choices=Source)
    request_id = models.CharField(max_length=40)
    note = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")

    not_recorded = "It is the history."

    @property
    def label(self) -> str:
        """What the record was called, in the reader's language where it was kept."""
        return (get_language() == "en" and self.target_label_en) or in_words(self.target_type, self.target_label)

    class Meta:
        verbose_name = _("audit log")
        indexes = [
            models.Index(fields=["target_type", "target_id", "-at"], name="audit_by_target"),
            models.Index(fields=["project_id", "-at"], name="audit_by_project"),
            models.Index(fields=["request_id"], name="audit_by_request"),
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_by_actor"),
            # What is seldom would be looked for in millions; what is frequent is found by time, and its rows stay out of these.
            models.Index(
                fields=["action", "-at"], condition=~models.Q(action__in=EVERYDAY), name="audit_seldom_action"
            ),
            models.Index(fields=["source", "-at"], condition=models.Q(source__in=SELDOM), name="audit_seldom_source"),
        ]


@vocabulary.kept
class Work(models.Model):
    """A durable to-do row: `wanted > done` means the subject waits. Redis only rings the bell (security.md §5.3).

    `background`: asked for by the clock or with very many others, so whoever waits for one subject goes first.
    """

    class State(models.TextChoices):
        LIVE = "live", _("waiting or done")
        DEAD = "dead", _("given up")

    kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    wanted = models.BigIntegerField(default=1)
    done = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    background = models.BooleanField(db_default=False)
    next_try = models.DateTimeField(db_default=Now())
    wanted_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, db_default="")
    state = models.CharField(max_length=4, choices=State, db_default=State.LIVE)

    not_recorded = "What is still to be computed; it changes with every change and says nothing of its own."

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="work_one_row_per_subject")]
        indexes = [
            models.Index(
                fields=["kind", "background", "next_try"],
                condition=models.Q(wanted__gt=models.F("done"), state="live"),
                name="work_waiting",
            )
        ]


class PeriodicRun(models.Model):
    """One claimed slot of a periodic job: two beats, or a jumping clock, still run it once."""

    name = models.CharField(max_length=60)
    slot = models.DateTimeField()
    claimed_at = models.DateTimeField(auto_now_add=True)

    not_recorded = "A mark of the clock, kept for a few days."

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="periodic_run_once_per_slot")]


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered, for the day it may be sent again (core/api/idempotency.py)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=32)  # a digest of method, address and content
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    not_recorded = "A copy of an answer, kept for a day; what the request changed is recorded."

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once_per_key")]


class Quota(models.Model):
    """When an actor (`user:12`, `address:192.0.2.1`) did what is limited, within the time that counts (core/quotas.py)."""

    actor = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    taken = ArrayField(models.DateTimeField())

    not_recorded = "It counts, and is forgotten after an hour; what was done is recorded."

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "kind"], name="quota_once_per_kind")]


class ApiToken(models.Model):
    """A token `pmo_<key_id>_<secret>`; only the HMAC-SHA-256 of the secret is kept (`core.tokens`).

    It does what its owner may do, within its scopes (`core.scopes`), on the projects of `nodes` and `projects` (ids; both empty:
    wherever the owner may) and from `networks` (empty: from anywhere). `secret_at` is when its present secret was made.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=80)
    key_id = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    former_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    former_until = models.DateTimeField(_("former secret works until"), null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=30), verbose_name=_("what it may do"))
    nodes = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("portfolios and programmes"))
    projects = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("projects"))
    networks = ArrayField(models.CharField(max_length=43), default=list, blank=True, verbose_name=_("addresses"))
    created_at = models.DateTimeField(auto_now_add=True)
    secret_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("expires at"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    leaked_at = models.DateTimeField(_("seen in an address"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("secret_at") + timedelta(days=365, minutes=1)),
                name="api_token_lives_a_year_at_most",
            ),
            models.CheckConstraint(
                condition=models.Q(former_until__isnull=True)
                | models.Q(former_until__lte=models.F("secret_at") + timedelta(hours=24, minutes=1)),
                name="api_token_former_secret_a_day_at_most",
            ),
        ]

    @property
    def public(self) -> str:
        """What may be shown of it."""
        return f"pmo_{self.key_id}_…"

    @property
    def is_limited(self) -> bool:
        """Whether it reaches only part of what its owner does."""
        return bool(self.nodes or self.projects)

    record = Record(without=("last_used_at",), masked=("digest", "former_digest"))

    def __str__(self) -> str:
        return self.name


class SetupLink(models.Model):
    """The one way into an installation without users: a link, shown where it starts, of which only the hash is kept."""

    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    not_recorded = "It lives for hours, and what it opens, the first account, is recorded."


class SeenAssertion(models.Model):
    """A SAML assertion that opened a session: it does so once, and is forgotten when it would not be accepted any more."""

    issuer = models.CharField(max_length=300)
    assertion_id = models.CharField(max_length=300)
    not_on_or_after = models.DateTimeField(db_index=True)

    not_recorded = "A mark that a sign-in happened; signing in is an event of its own."

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "assertion_id"], name="seen_assertion_once")]
