"""Every kind of page of the demo as everybody who signs in, in French and English, light and dark, on a desk and on a phone.

With `SWEEP=directory` the pictures are kept there, one a page, person, language, theme and width; `SWEEP_AS=pmo,sponsor` looks
only as these.
"""

import json
import os
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.core.processes import free_port, portal, read_until
from tests.journeys.conftest import DESKTOP, PHONE, ROOM, WATCH, browser, settle

__all__ = ["browser"]  # fixture
START = ("/", "/help/", "/preferences/", "/search/?q=a")
MOST = 120  # kinds of pages a person
LINKS = "[...document.querySelectorAll('a[href]:not([download])')].map(one => one.getAttribute('href'))"
LEFT_OUT = re.compile(r"^/(static|api|sign-out)|\.(xlsx|csv|pdf|pptx|svg|json|txt)$|/export|/download|/docs/")
FORMS = (("fr", "light"), ("en", "light"), ("fr", "dark"), ("en", "dark"))


def kind_of(address: str) -> str:
    """Pages that differ in the row they show are one kind."""
    parts = urlsplit(address)
    names = sorted({part.partition("=")[0] for part in parts.query.split("&") if part})
    kept = [name for name in names if name in ("as_of", "from", "portfolio", "tab", "view")]
    return re.sub(r"\d+", "N", parts.path) + ("?" + "&".join(kept) if kept else "")


def pages_of(page: Page, root: str) -> Iterator[str]:
    """One address of each kind that links lead this person to, breadth first."""
    waiting, seen = deque(START), {kind_of(one) for one in START}
    count = 0
    while waiting and count < MOST:
        address = waiting.popleft()
        answer = page.goto(root + address)
        assert answer, address
        assert answer.status < 500, (address, answer.status)
        if answer.status != 200:
            continue
        count += 1
        yield address
        for link in page.evaluate(LINKS):
            plain = link.split("#")[0]
            if not plain.startswith("/") or plain.startswith("//") or LEFT_OUT.search(plain.split("?")[0]):
                continue
            if kind_of(plain) not in seen:
                seen.add(kind_of(plain))
                waiting.append(plain)


def signed_in(browser: Browser, root: str, user: dict[str, str]) -> tuple[BrowserContext, Page, list[str]]:
    context = browser.new_context(viewport=DESKTOP, locale="fr-FR")
    context.add_init_script(WATCH)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(f"console: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"script: {error}"))
    page.goto(f"{root}/sign-in/")
    page.get_by_label("Identifiant ou adresse e-mail").fill(user["username"])
    page.locator("input[type=password]").fill(user["password"])
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return context, page, said


def speak(page: Page, language: str) -> None:
    """The preference of whoever is signed in, as their menu sets it."""
    status = page.evaluate(
        """async language => {
             const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
             return (await fetch('/preferences/language/', {method: 'POST', redirect: 'manual',
               body: new URLSearchParams({language, csrfmiddlewaretoken: token})})).status }""",
        language,
    )
    assert status < 400, status


def test_every_kind_of_page(browser: Browser, short_directory: Path) -> None:
    port, wrong, views = free_port(), [], 0
    with portal(short_directory, port, "--demo") as process:
        root = f"http://127.0.0.1:{port}"
        read_until(process, root, seconds=900)
        demo = json.loads((short_directory / "demo.json").read_text("utf-8"))
        wanted = os.environ.get("SWEEP_AS", "").split(",") if os.environ.get("SWEEP_AS") else list(demo["users"])
        checked: set[tuple[str, str, str, int]] = set()
        for name in wanted:
            context, page, said = signed_in(browser, root, demo["users"][name])
            addresses = list(pages_of(page, root))
            said.clear()
            for language, scheme in FORMS:
                page.goto(root + "/preferences/")
                speak(page, language)
                page.emulate_media(color_scheme=scheme)
                for size in (DESKTOP, PHONE):
                    page.set_viewport_size(size)
                    for address in addresses:
                        views += 1
                        wrong += looked_at(page, root, address, said, (name, language, scheme, size["width"]), checked)
            context.close()
    print(f"\n{views} views of {len(wanted)} people, {len(checked)} looked at by axe")  # noqa: T201
    assert not wrong, "\n".join(wrong)


def looked_at(
    page: Page, root: str, address: str, said: list[str], form: tuple[str, str, str, int], checked: set[object]
) -> list[str]:
    """What is wrong with a page in this form; axe looks once at each kind in each form, whoever reads it."""
    answer = page.goto(root + address)
    settle(page)
    found = [*said, *(f"policy: {one}" for one in page.evaluate("window.violations ?? []"))]
    said.clear()
    if answer is None or answer.status >= 400:
        found.append(f"answers {answer and answer.status}")
    if page.evaluate(ROOM) > 0:
        found.append(f"scrolls sideways by {page.evaluate(ROOM)} px")
    once = (kind_of(address), *form[1:])
    if once not in checked:
        checked.add(once)
        broken = Axe().run(page).response["violations"]
        found += [f"axe: {one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in broken]
    if kept := os.environ.get("SWEEP"):
        name = re.sub(r"\W+", "_", kind_of(address)).strip("_") or "home"
        page.screenshot(path=Path(kept) / f"{name}-{'-'.join(map(str, form))}.png", full_page=True)
    return [f"{' '.join(map(str, form))} {address}: {one}" for one in found]
