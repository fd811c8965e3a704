"""Pages of decisions across work."""

from portfolio.capacity.urls import urlpatterns as capacity
from portfolio.relief.urls import urlpatterns as relief

app_name = "portfolio"
urlpatterns = [*capacity, *relief]
