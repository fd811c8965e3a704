"""What each constraint of the database means to the person who hit it: the field, and the remedy. One place for the whole app."""

from django.utils.translation import gettext_lazy as _

from pmo_portal.core.editing import Refusal, refusals
from pmo_portal.core.models import EMAIL_TAKEN

_NOT_TWICE = _("Another record already has this external reference. Use another one, or leave it empty.")
_CODE_TAKEN = _("Another record already has this code. Choose another one.")
_OF_ANOTHER = _("It belongs to another project. Choose one of this project.")
_NOT_NEGATIVE = _("A rate cannot be negative.")
_SHARES = _("A share of a day goes from 0 to 100.")
_DAYS_IN_ORDER = _("The last day is before the first. Correct one of the two.")

REFUSALS: dict[str, Refusal] = {
    "allocation_level_is_of_a_skill": Refusal("level", _("A level is that of a skill: choose which.")),
    "allocation_answer_has_a_name": Refusal(
        "person", _("Say who: a person, or the unit or supplier that takes it without a name.")
    ),
    "allocation_answer_has_its_day": Refusal("answered_on", _("An answer has the day it was given.")),
    "allocation_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "allocation_month_once": Refusal("months", _("A month is there once.")),
    "allocation_month_is_a_first": Refusal("months", _("A month is written as its first day.")),
    "allocation_month_not_negative": Refusal("months", _("Nobody works a negative number of days. Enter 0 or more.")),
    "projects_node_code_key": Refusal(
        "code", _("Another portfolio or programme already has this code. Choose another one.")
    ),
    "node_code_upper_case": Refusal("code", _("Write the code in capital letters.")),
    "node_programme_has_a_parent": Refusal("parent", _("A programme belongs to a portfolio: choose which.")),
    "node_is_not_its_own_ancestor": Refusal(
        "parent", _("A portfolio or programme cannot be moved below itself. Choose a place outside it.")
    ),
    "project_is_not_its_own_part": Refusal(
        "parent", _("A project cannot be a part of itself. Choose another project.")
    ),
    "project_code_unique_in_portfolio": Refusal(
        "code", _("Another project of this portfolio already has this code. Choose another one.")
    ),
    "project_external_ref_unique_in_portfolio": Refusal("external_ref", _NOT_TWICE),
    "project_percent_between_0_and_100": Refusal("percent_complete", _("Enter a percentage between 0 and 100.")),
    "project_priority_1_to_5": Refusal("priority", _("A priority goes from 1 to 5.")),
    "project_baseline_ends_after_it_starts": Refusal(
        "baseline_end", _("The baseline ends before it starts. Correct one of the two dates.")
    ),
    "project_on_hold_has_a_resume_date": Refusal(
        "resume_date", _("A project on hold needs the date it resumes. Enter it, or choose another state.")
    ),
    "milestone_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "milestone_weight_not_negative": Refusal("weight", _("A weight cannot be negative.")),
    "milestone_forecast_one_a_day": Refusal("forecast_date", _("This milestone already has a forecast of that day.")),
    "budget_line_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "person_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "budget_line_one_per_cell": Refusal(
        "amount", _("There is already an amount for this month, kind and category. Change that one instead.")
    ),
    "budget_line_month_is_a_first_day": Refusal("month", _("A month is written as its first day.")),
    "risk_inherent_1_to_5": Refusal("probability", _("Likelihood and impact go from 1 to 5.")),
    "risk_residual_1_to_5_or_absent": Refusal(
        "residual_probability", _("Enter both residual likelihood and residual impact, from 1 to 5, or neither.")
    ),
    "risk_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "issue_scales_1_to_5": Refusal("urgency", _("Urgency, impact and effort go from 1 to 5.")),
    "issue_closed_on_once_resolved": Refusal(
        "closed_on", _("Only a resolved or closed issue has the day it was. Change its status, or leave the day empty.")
    ),
    "issue_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "assessment_rating_is_of_its_scale": Refusal(
        "rating",
        _("The scale of three levels knows green, amber and red only. Choose one of them, or the other scale."),
    ),
    "assessment_released_at_with_its_state": Refusal(
        "state", _("A review has the moment it was released if and only if it was released.")
    ),
    "assessment_says_who_reviewed": Refusal("reviewer_name", _("Say who reviewed the project.")),
    "assessment_released_stays": Refusal(
        None, _("An independent review of it was released: that stays, and the project with it. Close it instead.")
    ),
    "action_priority_1_to_5": Refusal("priority", _("A priority goes from 1 to 5.")),
    "action_percent_between_0_and_100": Refusal("percent_complete", _("Enter a percentage between 0 and 100.")),
    "action_done_on_once_done": Refusal(
        "done_on", _("Only an action that is done has the day it was. Change its status, or leave the day empty.")
    ),
    "action_has_one_origin_at_most": Refusal(
        "risk", _("An action comes from one risk, one issue or one decision: keep one of them.")
    ),
    "action_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "dependency_has_two_projects": Refusal(
        "supplier", _("A project does not depend on itself here. Choose another project.")
    ),
    "dependency_delivered_on_once_delivered": Refusal(
        "delivered_on",
        _("Only what is delivered has the day it was. Change the status, or leave the day empty."),
    ),
    "dependency_external_ref_unique_in_receiver": Refusal("external_ref", _NOT_TWICE),
    "dependency_receiver_milestone_is_of_receiver": Refusal("receiver_milestone", _OF_ANOTHER),
    "dependency_supplier_milestone_is_of_supplier": Refusal("supplier_milestone", _OF_ANOTHER),
    "decision_external_ref_unique_in_project": Refusal("external_ref", _NOT_TWICE),
    "decision_verdict_fits_its_status": Refusal("outcome", _("This outcome does not go with the status.")),
    "decision_says_who_decided_when": Refusal("taken_on", _("Say who decided, and on which day.")),
    "decision_on_an_agenda_has_its_day": Refusal("scheduled_for", _("Say on which day the decision is on the agenda.")),
    "decision_option_one_per_place": Refusal("options", _("Two options have the same place.")),
    "decision_option_one_recommended": Refusal("options", _("Recommend one option at most.")),
    "decision_option_place_1_to_6": Refusal("options", _("A decision has six options at most.")),
    "membership_has_one_scope": Refusal("project", _("Choose a portfolio or programme, or a project, not both.")),
    "membership_given_once": Refusal("role", _("This person already has this role here.")),
    "membership_unit_of_resource_managers": Refusal(
        "unit", _("Only a resource manager answers for a unit: leave it empty for this role.")
    ),
    "membership_ends_after_it_starts": Refusal(
        "valid_until", _("It ends before it starts. Correct one of the two days.")
    ),
    "membership_administrator_everywhere": Refusal(
        "node", _("An administrator runs the whole portal: leave the place empty.")
    ),
    "membership_emergency_looks_for_an_hour": Refusal(
        "valid_until", _("An emergency access lasts 60 minutes at most.")
    ),
    "membership_emergency_ends_and_says_why": Refusal("reason", _("Emergency access needs a reason and an end.")),
    "delegation_ends_after_it_starts": Refusal(
        "valid_until", _("It ends before it starts. Correct one of the two days.")
    ),
    "import_profile_name_unique_for_owner": Refusal(
        "name", _("You have a mapping of this name already. Choose another one.")
    ),
    "core_user_username_key": Refusal("username", _("This user name is taken. Choose another one.")),
    "user_email_once": Refusal("email", EMAIL_TAKEN),
    "user_email_in_small_letters": Refusal("email", _("Write the address in small letters.")),
    "user_service_account_cannot_sign_in": Refusal(
        None, _("A service account has no password and no e-mail address: give it a token.")
    ),
    "person_rate_not_negative": Refusal("daily_rate", _NOT_NEGATIVE),
    "person_leaves_after_arriving": Refusal(
        "leaves_on", _("The last day is before the day of arrival. Correct one of the two.")
    ),
    "person_skill_once": Refusal("skill", _("This person already has this skill. Change its level instead.")),
    "person_skill_level_1_to_5": Refusal("level", _("A level goes from 1 (beginner) to 5 (expert).")),
    "unit_share_once": Refusal("unit", _("This person already belongs to this unit. Change the share instead.")),
    "unit_share_1_to_100": Refusal("percent", _("A share goes from 1 to 100.")),
    "unit_code_unique": Refusal("code", _CODE_TAKEN),
    "role_code_unique": Refusal("code", _CODE_TAKEN),
    "skill_code_unique": Refusal("code", _CODE_TAKEN),
    "unit_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "role_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "skill_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "unit_is_not_part_of_itself": Refusal("parent", _("A unit cannot be a part of itself. Choose another one.")),
    "working_calendar_name_unique": Refusal("name", _("Another calendar has this name. Choose another one.")),
    "working_calendar_one_default": Refusal(
        "is_default", _("Another calendar is used where nothing else is said. There is one at most.")
    ),
    "working_calendar_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "working_calendar_hours_1_to_24": Refusal("hours_per_day", _("A day has 1 to 24 hours.")),
    "working_calendar_shares_0_to_100": Refusal(None, _SHARES),
    "work_pattern_shares_0_to_100": Refusal(None, _SHARES),
    "work_pattern_run_0_to_100": Refusal("percent_run", _SHARES),
    "work_pattern_one_per_day": Refusal(
        "starts_on", _("This person already has a working pattern from this day on. Change that one instead.")
    ),
    "calendar_exception_one_per_first_day": Refusal(
        "first_day", _("This calendar already has an exception that begins on this day. Change that one instead.")
    ),
    "calendar_exception_ends_after_it_began": Refusal("last_day", _DAYS_IN_ORDER),
    "calendar_exception_share_0_to_100": Refusal("share", _SHARES),
    "absence_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "absence_ends_after_it_began": Refusal("last_day", _DAYS_IN_ORDER),
    "absence_share_1_to_100": Refusal("share", _("A share goes from 1 to 100.")),
    "pooled_capacity_external_ref_unique": Refusal("external_ref", _NOT_TWICE),
    "pooled_capacity_months_in_order": Refusal(
        "last_month", _("Months are written as their first day, and the last one is not before the first.")
    ),
    "pooled_capacity_years_2000_to_2099": Refusal("last_month", _("Choose months of the years 2000 to 2099.")),
    "pooled_capacity_not_negative": Refusal("fte", _("A capacity cannot be negative.")),
    "rate_of_a_person_or_of_a_role": Refusal("person", _("A rate is of a person or of a role: choose one of them.")),
    "rate_one_per_day": Refusal("starts_on", _("There is already a rate from this day on. Change that one instead.")),
    "rate_not_negative": Refusal("daily_rate", _NOT_NEGATIVE),
    "projects_person_user_id_key": Refusal("user", _("This account already belongs to another person.")),
}

for constraint, refusal in REFUSALS.items():
    refusals.add(constraint, refusal)
