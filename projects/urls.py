"""Pages about the facts."""

app_name = "projects"
urlpatterns: list = []
