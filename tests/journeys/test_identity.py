"""A person's way in: the set-up link, password, an app as second factor, a security key, and the list of sessions."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from pmo_portal.core.identity import set_up
from tests import make
from tests.core.identity.authenticator import code
from tests.journeys.conftest import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS")
LOOKS = [(DESKTOP, "light"), (PHONE, "dark")]


def shoot(visitor: Visitor, name: str) -> None:
    """Keep a picture when SHOTS names a directory."""
    if SHOTS:
        visitor.page.evaluate("scrollTo(0, 0); document.activeElement?.blur()")
        visitor.page.screenshot(path=Path(SHOTS) / f"{name}-{visitor.page.viewport_size['width']}.png", full_page=True)


def seen(visitor: Visitor, name: str) -> None:
    visitor.page.wait_for_load_state("networkidle")
    shoot(visitor, name)
    visitor.check(allowed=("422", "404"))


@pytest.fixture
def helene(db: None) -> Any:
    return make.user("helene", first_name="Hélène", last_name="Marchand", language="fr")


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS, ids=["desktop", "phone"])
def test_an_app_as_second_factor(visit: Callable[..., Visitor], helene: Any, viewport: Any, scheme: str) -> None:
    visitor = visit(viewport=viewport, scheme=scheme)
    page = visitor.go("/account/")
    seen(visitor, "sign-in")
    page.get_by_label("Identifiant ou adresse e-mail").fill("helene")
    page.get_by_label("Mot de passe").fill(make.PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/account/")
    seen(visitor, "account")
    page.get_by_role("link", name="Ajouter une application").click()
    seen(visitor, "app")
    secret = page.locator(".token").inner_text()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Ajouter l’application").click()
    seen(visitor, "app-wrong")
    page.get_by_label("Code").fill(code(secret, shift=-1))
    page.get_by_role("button", name="Ajouter l’application").click()
    expect(page.locator(".codes li")).to_have_count(10)
    seen(visitor, "codes")
    page.get_by_role("link", name="Je les ai conservés").click()
    seen(visitor, "account-guarded")
    visitor.go("/account/sessions/")
    seen(visitor, "sessions")
    page.get_by_label("Mon compte").click()
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    page.get_by_label("Identifiant ou adresse e-mail").fill("helene@example.org")
    page.get_by_label("Mot de passe").fill(make.PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    seen(visitor, "code")
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_label("Mon compte")).to_be_visible()
    visitor.check()


def test_a_security_key_of_the_browser(visit: Callable[..., Visitor], helene: Any) -> None:
    """Chromium's own virtual key, through our script; `localhost` is a place browsers trust without TLS."""
    visitor = visit(helene)
    visitor.address = visitor.address.replace("127.0.0.1", "localhost")
    cookies = [{**one, "domain": "localhost"} for one in visitor.page.context.cookies()]
    visitor.page.context.add_cookies(cookies)
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": True}})
    page = visitor.go("/account/keys/add/")
    page.get_by_label("Nom de la clé").fill("Portable")
    page.get_by_label("Se connecter avec cette clé seule").check()
    seen(visitor, "key-add")
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.locator(".codes li")).to_have_count(10)
    visitor.go("/account/")
    seen(visitor, "account-key")
    visitor.go("/account/keys/")
    seen(visitor, "keys")
    page.get_by_label("Mon compte").click()
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    visitor.go("/projects/?q=tram")
    page.get_by_role("button", name="Se connecter avec une clé de sécurité").click()
    expect(page.get_by_label("Mon compte")).to_be_visible()
    assert page.url.endswith("/projects/?q=tram")
    visitor.check()


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS, ids=["desktop", "phone"])
def test_the_first_administrator(
    visit: Callable[..., Visitor], transactional_db: None, viewport: Any, scheme: str
) -> None:
    visitor = visit(viewport=viewport, scheme=scheme)
    page = visitor.go(f"/set-up/{set_up.make()}/")
    seen(visitor, "set-up")
    filled = {"first_name": "Rosa", "last_name": "Blum", "email": "rosa@example.org"}
    for name, value in {**filled, "password": "sept renards bruns", "again": "sept renards bruns"}.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Créer le compte").click()
    expect(page.get_by_label("Mon compte")).to_be_visible()
    assert get_user_model().objects.get().is_superuser


@pytest.mark.parametrize(
    ("viewport", "scheme", "language"), [(DESKTOP, "light", "en"), (PHONE, "dark", "fr")], ids=["desktop", "phone"]
)
def test_every_page_of_accounts(
    visit: Callable[..., Visitor], helene: Any, viewport: Any, scheme: str, language: str
) -> None:
    get_user_model().objects.update(language=language)
    visitor = visit(helene, viewport=viewport, scheme=scheme)
    for name in ("password", "email", "sessions", "services", "app/activate", "keys/add", "keys"):
        visitor.go(f"/account/{name}/")
        seen(visitor, f"page-{name.replace('/', '-')}-{language}")
    Authenticator.objects.create(user=helene, type=Authenticator.Type.TOTP, data={"secret": ""})
    boss = visit(make.user("rosa", is_superuser=True, language=language), viewport=viewport, scheme=scheme)
    boss.go(f"/users/{helene.pk}/second-factor/")
    seen(boss, f"factor-{language}")
    stranger = visit(viewport=viewport, scheme=scheme)
    for name in ("password", "password/sent", "password/changed", "password/x-y", "closed", "cancelled"):
        stranger.go(f"/sign-in/{name}/")
        seen(stranger, f"entrance-{name.replace('/', '-')}")
