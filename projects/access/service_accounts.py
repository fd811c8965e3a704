"""Service accounts: programs with tokens of their own instead of somebody's. They have no password, no e-mail and no session."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.views import EditPage, ListPage
from projects.access import services
from projects.access.policy import MANAGE_ACCOUNTS, allowed_everywhere
from projects.access.selectors import service_accounts
from projects.access.views.accounts import ACTIVE, ROLES, USERNAME, EverythingManaged


class ServiceAccountForm(forms.ModelForm):
    """What it is called, and whether it may call."""

    class Meta:
        model = User
        fields = ("last_name", "username", "is_active")
        help_texts = {
            "last_name": gettext_lazy("What it does, for example: ERP budget import."),
            "username": gettext_lazy("How the history and the log name it, for example: erp-import."),
            "is_active": gettext_lazy("Without it, all its tokens stop working at once."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_name"].label = capfirst(_("name"))
        self.fields["last_name"].required = True
        if not self.instance.pk:
            del self.fields["is_active"]

    def validate_unique(self) -> None:
        """The database decides, the service explains."""


def name_cell(table: Table, row: Any) -> SafeString:
    address = reverse("projects:service-account-detail", args=[row.pk])
    return format_html('<span class="prj"><a href="{}">{}</a></span>', address, row.label)


class ServiceAccountTable(Table):
    key = "service-accounts"
    caption = gettext_lazy("Service accounts")
    default_sort = "name"
    search_fields = ("last_name", "username")
    search_label = gettext_lazy("Name")
    columns = (
        Column("name", gettext_lazy("Name"), name_cell, sort="last_name", hideable=False, css="fill"),
        USERNAME,
        ROLES,
        Column("tokens", gettext_lazy("Tokens"), lambda t, row: str(row.tokens), css="num"),
        ACTIVE,
    )
    empty_icon = "users"
    empty_title = gettext_lazy("No service account yet")
    empty_text = gettext_lazy(
        "A program that calls the API every night should not borrow somebody’s account: give it its own, a role, then a token."
    )


class ServiceAccountList(EverythingManaged, ListPage):
    template = "projects/access/service_account_list.html"
    fragment = "components/list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = ServiceAccountTable(self.request)
        table.load(service_accounts())
        return super().context(table=table, **extra)


@method_decorator(fresh_required, name="dispatch")
class ServiceAccountCreate(EverythingManaged, EditPage):
    template = "projects/access/edit.html"
    title = gettext_lazy("New service account")
    saved_message = gettext_lazy("Service account created. Give it a role, then a token.")
    form_class = ServiceAccountForm

    def save(self, form: Any, version: int | None) -> User:
        return services.create_service_account(by=self.user, **form.cleaned_data)

    def success_url(self, saved: Any) -> str:
        return reverse("projects:service-account-detail", args=[saved.pk])

    def cancel_url(self) -> str:
        return reverse("projects:service-account-list")


class ServiceAccountEdit(ServiceAccountCreate):
    title = gettext_lazy("Edit the service account")
    saved_message = gettext_lazy("Service account saved")
    model = User

    def queryset(self) -> Any:
        return User.objects.filter(is_service=True)

    def save(self, form: Any, version: int | None) -> User:
        return services.update_user(by=self.user, user=self.object, changes=form.cleaned_data)

    def cancel_url(self) -> str:
        return self.success_url(self.object)


others.add(
    "service-accounts",
    Entry(
        gettext_lazy("Service accounts"),
        "projects:service-account-list",
        "users",
        words=gettext_lazy("programs integrations robots tokens"),
        may=lambda user: allowed_everywhere(user, MANAGE_ACCOUNTS),
    ),
)
