"""The generic pages: fragment or page, right, invalid form, stale version, deletion; and the pages of no domain."""

from typing import Any

import pytest
from django import forms
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from django.utils import timezone
from django_htmx.middleware import HtmxMiddleware

from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import ApiToken
from pmo_portal.core.pages import page
from pmo_portal.core.registry import AlreadyRegistered, Registry
from pmo_portal.core.search import find, fold
from pmo_portal.core.views import DeletePage, EditPage
from pmo_portal.urls import handler403, handler404, handler500  # noqa: F401  (Django reads them from the root URL module)
from pmo_portal.urls import urlpatterns as product

User = get_user_model()
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ("name",)


class Scoped:
    """What every page of an app gives: the rows its reader may see."""

    model = ApiToken

    def queryset(self: Any) -> Any:
        return ApiToken.objects.filter(user=self.request.user)

    def cancel_url(self) -> str:
        return "/help/"


class TokenEdit(Scoped, EditPage):
    form_class = TokenForm
    title = "Token"

    def success_url(self, saved: Any) -> str:
        return f"/tokens/{saved.pk}/"

    def save(self, form: Any, version: int | None) -> Any:
        if version == 1:
            raise StaleVersion("stale", mine={"name": form.cleaned_data["name"]}, theirs={"name": "Theirs"}, version=2)
        if form.cleaned_data["name"] == "taken":
            raise DomainError("Already taken", field="name")
        return form.save()


class TokenDelete(Scoped, DeletePage):
    title = "Delete"

    def success_url(self) -> str:
        return "/help/"

    def delete_object(self) -> None:
        if self.object.name == "kept":
            raise DomainError("Still used")
        self.object.delete()


urlpatterns = [
    path("tokens/<int:pk>/", TokenEdit.as_view()),
    path("tokens/<int:pk>/delete/", TokenDelete.as_view()),
    *product,
]


@pytest.fixture
def ada(client: Client) -> Any:
    user = User.objects.create_user("ada", password="x", language="en", first_name="Ada")
    client.force_login(user)
    return user


@pytest.fixture
def token(ada: Any) -> ApiToken:
    now = timezone.now()
    return ApiToken.objects.create(
        user=ada, name="Mine", key_id="a", digest="", scopes=[], secret_at=now, expires_at=now
    )


def test_a_valid_form_saves_and_goes_back(client: Client, token: ApiToken) -> None:
    response = client.post(f"/tokens/{token.pk}/", {"name": "New", "version": "2"})
    assert (response.status_code, response.headers["Location"]) == (302, f"/tokens/{token.pk}/")
    token.refresh_from_db()
    assert token.name == "New"


def test_htmx_is_told_where_to_go(client: Client, token: ApiToken) -> None:
    response = client.post(f"/tokens/{token.pk}/", {"name": "New", "version": "2"}, headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, f"/tokens/{token.pk}/")


def test_an_invalid_form_is_422_and_keeps_what_was_typed(client: Client, token: ApiToken) -> None:
    response = client.post(f"/tokens/{token.pk}/", {"name": "x" * 90, "version": "2"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "x" * 90 in text
    assert 'aria-invalid="true"' in text
    assert 'id="id_name_error"' in text
    assert 'value="2"' in text


def test_a_refused_rule_is_an_error_of_its_field(client: Client, token: ApiToken) -> None:
    response = client.post(f"/tokens/{token.pk}/", {"name": "taken", "version": "2"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"name": ["Already taken"]}


def test_a_stale_version_shows_both_and_loses_nothing(client: Client, token: ApiToken) -> None:
    response = client.post(f"/tokens/{token.pk}/", {"name": "Typed", "version": "1"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "<td>Typed</td><td>Theirs</td>" in text
    assert 'name="version" value="2"' in text
    assert 'value="Typed"' in text
    assert client.post(f"/tokens/{token.pk}/", {"name": "Typed", "version": "2"}).status_code == 302


def test_outside_the_scope_is_404_in_words(client: Client, token: ApiToken) -> None:
    token.user = User.objects.create_user("omar")
    token.save()
    for address in (f"/tokens/{token.pk}/", f"/tokens/{token.pk}/delete/", "/tokens/999999/"):
        response = client.get(address)
        assert response.status_code == 404
        assert "not yours to see" in response.content.decode()


def test_the_right_is_asked(client: Client, token: ApiToken, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenEdit, "permission", "nobody.may")
    assert client.get(f"/tokens/{token.pk}/").status_code == 403
    assert client.post(f"/tokens/{token.pk}/", {"name": "New"}).status_code == 403


def test_deleting_asks_first_and_says_why_not(client: Client, token: ApiToken) -> None:
    assert client.get(f"/tokens/{token.pk}/delete/").status_code == 200
    ApiToken.objects.update(name="kept")
    refused = client.post(f"/tokens/{token.pk}/delete/")
    assert refused.status_code == 422
    assert "Still used" in refused.content.decode()
    ApiToken.objects.update(name="free")
    assert client.post(f"/tokens/{token.pk}/delete/").status_code == 302
    assert not ApiToken.objects.exists()


def test_page_or_fragment(ada: Any) -> None:
    def answer(**headers: str) -> HttpResponse:
        request: HttpRequest = RequestFactory().get("/", headers=headers)
        request.user = ada
        HtmxMiddleware(lambda _request: HttpResponse())(request)
        return page(request, "core/search.html", {}, fragment="core/_search.html")

    assert b"<html" in answer().content
    assert b"<html" not in answer(**{"HX-Request": "true"}).content
    restored = answer(**{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<html" in restored.content
    assert "HX-Request" in restored.headers["Vary"]


def test_sign_in_never_lands_inside_a_fragment(client: Client) -> None:
    response = client.get(
        "/help/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/portfolios/GMPP/"}, follow=True
    )
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/sign-in/?next=%2Fportfolios%2FGMPP%2F"


def test_wrong_password_is_422_and_the_same_for_unknown_people(client: Client) -> None:
    User.objects.create_user("ada", password="right")
    answers = [client.post("/sign-in/", {"username": name, "password": "wrong"}) for name in ("ada", "nobody")]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].context["form"].non_field_errors() == answers[1].context["form"].non_field_errors()


def test_sign_out_needs_a_post(client: Client, ada: Any) -> None:
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/help/").status_code == 302


def test_preferences_are_kept(client: Client, ada: Any) -> None:
    assert client.post("/preferences/", {"language": "fr", "theme": "dark", "density": "compact"}).status_code == 302
    ada.refresh_from_db()
    assert (ada.language, ada.theme, ada.density, ada.shortcuts) == ("fr", "dark", "compact", False)
    text = client.get("/help/").content.decode()
    assert 'data-theme="dark"' in text
    assert 'data-density="compact"' in text
    assert 'data-keys="off"' in text
    assert client.post("/preferences/", {"language": "xx", "theme": "dark", "density": "compact"}).status_code == 422
    client.post("/preferences/appearance/", {"theme": "<script>"})
    ada.refresh_from_db()
    assert ada.theme == "dark"


def test_a_foreign_form_is_refused_in_words(ada: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post("/preferences/", {"language": "fr"})
    assert response.status_code == 403
    assert "form has expired" in response.content.decode() or "formulaire a expiré" in response.content.decode()


def test_a_crash_gives_a_reference_without_touching_the_database(
    client: Client, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmo_portal.core.search.find", lambda *_args: 1 / 0)
    client.raise_request_exception = False
    response = client.get("/search/?q=abc", headers={"X-Request-ID": "reference-123"})
    assert response.status_code == 500
    assert b"reference-123" in response.content


def test_search_is_accent_blind_and_needs_two_letters(ada: Any) -> None:
    assert fold("Éléphant Œuvre d’Été") == "elephant œuvre d'ete"
    assert find(ada, "a") == []


def test_a_registry_keeps_its_order_and_refuses_doubles() -> None:
    registry: Registry[int] = Registry("numbers")
    registry.add("b", 2)
    registry.add("a", 1)
    with pytest.raises(AlreadyRegistered):
        registry.add("a", 3)
    assert (list(registry), registry.keys(), registry["a"], "b" in registry, len(registry)) == (
        [2, 1],
        ["b", "a"],
        1,
        True,
        2,
    )
