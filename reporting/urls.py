"""Pages that measure and show."""

from reporting.charts.urls import urlpatterns as charts
from reporting.comparing.urls import urlpatterns as comparing
from reporting.dashboards.urls import urlpatterns as dashboards
from reporting.exports.urls import urlpatterns as exports

app_name = "reporting"
urlpatterns = [*comparing, *dashboards, *exports, *charts]
