"""Past days in the API."""

from collections.abc import Mapping
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from pmo_portal.core.api.params import DAY, Param, values_of

AS_OF_PARAM = Param(
    "The situation at the end of this day, in the site's time zone, of what you may see today. On the day of a freeze, the frozen"
    " projects are as they were frozen.",
    DAY,
)


def past_day(request: Request, params: Mapping[str, Param]) -> date | None:
    """The past day of `?as_of=`; None for today and without it. 400 for a day to come, or with a filter that has no past."""
    if "as_of" not in request.query_params:
        return None
    day: date = values_of(request, {"as_of": params["as_of"]}).get("as_of", timezone.localdate())
    if day > timezone.localdate():
        raise ValidationError({"?as_of": [_("This day has not come yet.")]})
    if day == timezone.localdate():
        return None
    timeless = {
        f"?{name}": [_("Not together with as_of.")] for name in request.query_params if is_current_only(name, params)
    }
    if timeless:
        raise ValidationError(timeless)
    return day


def is_current_only(name: str, params: Mapping[str, Param]) -> bool:
    return name in params and params[name].current_only
