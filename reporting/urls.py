"""Pages that measure and show."""

from reporting.charts.urls import urlpatterns as charts
from reporting.dashboards.urls import urlpatterns as dashboards

app_name = "reporting"
urlpatterns = [*dashboards, *charts]
