"""The risks tab: matrix and list; the forms behind them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.hierarchy import records
from projects.hierarchy.views.base import EDIT_REGISTERS, ProjectEditPage, ProjectTab, RowDeletePage, RowEditPage
from projects.raid import services
from projects.raid.forms.risks import RiskForm
from projects.raid.models import Risk
from projects.raid.selectors import matrix, place, register, register_then
from projects.raid.views.base import ClosePage, leaves

TAB = "projects:risk-list"


class RiskList(ProjectTab):
    """`?view=residual` places risks after their response; `?at=4x5` keeps one square of the matrix."""

    template = "projects/raid/risk_list.html"
    tab = "risks"
    kinds = (Risk,)

    def context(self, **extra: Any) -> dict[str, Any]:
        residual = self.request.GET.get("view") == "residual"
        at = self.request.GET.get("at", "")
        risks = register_then(self.trail) if self.trail else list(register(self.project))
        kept = [
            risk for risk in risks if "{}x{}".format(*place(risk, residual=residual)) == at and risk.status in Risk.OPEN
        ]
        return super().context(
            risks=kept if at else risks,
            any_risk=bool(risks),
            at=at,
            residual=residual,
            matrix=matrix(risks, residual=residual),
            registers=leaves(self.project, "risk", self.user, past=self.trail is not None),
            **extra,
        )


class RiskCreate(ProjectEditPage):
    title = _("New risk")
    saved_message = _("Risk added")
    permission = EDIT_REGISTERS
    form_class = RiskForm
    back = TAB

    def get_target(self) -> None:
        return None

    def save(self, form: Any, version: int | None) -> Risk:
        given = {
            name: value
            for name, value in form.cleaned_data.items()
            if not (name == "last_reviewed_on" and value is None)
        }
        return services.create_risk(project=self.project, by=self.user, on=self.on, **given)


class RiskEdit(RowEditPage):
    title = _("Edit the risk")
    saved_message = _("Risk saved")
    permission = EDIT_REGISTERS
    row_model = Risk
    form_class = RiskForm
    back = TAB

    def save(self, form: Any, version: int | None) -> Risk:
        return services.update_risk(
            risk=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=f"/risks/{self.row.pk}/delete/", **extra)


class RiskClose(ClosePage):
    title = _("Close the risk")
    button = _("Close the risk")
    deleted_message = _("Risk closed")
    explanation = _(
        "It stays in the register as closed and no longer counts in the project's health. You can reopen it by editing it."
    )
    model = Risk
    back = TAB

    def delete_object(self) -> None:
        services.update_risk(
            risk=self.object,
            by=self.user,
            version=self.object.version,
            changes={"status": Risk.Status.CLOSED, "last_reviewed_on": self.on},
            on=self.on,
        )


class RiskDelete(RowDeletePage):
    title = _("Delete the risk")
    model = Risk
    back = TAB

    def delete_object(self) -> None:
        services.delete_risk(risk=self.object, by=self.user, version=self.object.version, on=self.on)


records.add("risk", Risk, tab=TAB)
