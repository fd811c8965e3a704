"""E-mail addresses in small letters, each of one account only.

An address that several accounts share is nobody's to take away by a program: the upgrade stops and names the accounts.
"""

from typing import ClassVar

from django.core.management import CommandError
from django.db import migrations, models
from django.db.models.functions import Lower, Trim

import pmo_portal.core.small_letters


def refuse_shared(apps, schema_editor):
    users = apps.get_model("core", "User").objects.exclude(email="")
    held = {}
    for name, email in users.order_by("pk").values_list("username", "email"):
        held.setdefault(email.strip().lower(), []).append(name)
    shared = [f"{email}: {', '.join(names)}" for email, names in held.items() if len(names) > 1]
    if shared:
        raise CommandError(
            "These accounts share an e-mail address, and from this version on each has its own:\n  "
            + "\n  ".join(shared)
            + "\nNothing was changed. In the former version, give them addresses of their own or empty them (page “Users”), "
            "then upgrade again."
        )


def write_small(apps, schema_editor):
    users = apps.get_model("core", "User").objects
    users.exclude(email=Lower(Trim("email"))).update(email=Lower(Trim("email")))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("core", "0011_quotas")]
    operations: ClassVar = [
        migrations.RunPython(refuse_shared, migrations.RunPython.noop),
        migrations.RunPython(write_small, migrations.RunPython.noop),
        # What the rows just written still have to be checked for would forbid changing the table.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            "user",
            "email",
            pmo_portal.core.small_letters.SmallEmailField(blank=True, max_length=254, verbose_name="e-mail address"),
        ),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_in_small_letters"),
        ),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                condition=models.Q(("email", ""), _negated=True),
                fields=("email",),
                name="user_email_once",
                violation_error_code="unique",
                violation_error_message="Another account has this address, perhaps one that is closed. Each account has its own.",
            ),
        ),
    ]
