"""Pages that measure and show."""

app_name = "reporting"
urlpatterns: list = []
