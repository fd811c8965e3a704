"""The API's table of contents."""

urlpatterns: list = []
