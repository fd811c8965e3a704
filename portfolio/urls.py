"""Pages of decisions across work."""

from portfolio.capacity.urls import urlpatterns as capacity

app_name = "portfolio"
urlpatterns = [*capacity]
