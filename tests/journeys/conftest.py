"""Chromium for the journeys, with the checks every page must pass: content policy, console, axe, no sideways scroll."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

# Playwright's own event loop makes Django believe the test is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
DESKTOP, TABLET = {"width": 1366, "height": 900}, {"width": 1024, "height": 768}
PHONE, NARROWEST = {"width": 390, "height": 844}, {"width": 320, "height": 640}
WATCH = """window.violations = [];
addEventListener('securitypolicyviolation', e => violations.push(`${e.violatedDirective} ${e.blockedURI}`));
window.asked = 0;
const begun = XMLHttpRequest.prototype.send, asking = window.fetch;
XMLHttpRequest.prototype.send = function (...given) {
  asked++; this.addEventListener('loadend', () => asked--); return begun.apply(this, given) };
window.fetch = (...given) => { asked++; return asking(...given).finally(() => asked--) }"""
# Loaded, and for a moment nothing was asked of the server: half a second sooner than Playwright's “network idle”.
QUIET = """() => { const now = performance.now();
  if (asked > 0 || document.readyState !== 'complete') window.busy = now;
  return now - (window.busy ??= now) > 60 }"""
ROOM = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; its absence is a failure under CI and a skip elsewhere."""
    binary = (
        os.environ.get("CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if not binary:
        message = "no Chromium: install it (apt-get install chromium) or set CHROMIUM"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield running
        running.close()


def settle(page: Page) -> None:
    """Wait until the page is there and asks for nothing more."""
    page.wait_for_function(QUIET)


@dataclass
class Visitor:
    """A signed-in (or anonymous) person with a window."""

    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    scripts: bool = True

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        if self.scripts:  # without them a page asks for nothing more
            settle(self.page)
        return self.page

    def check(self, *, axe: bool = True, allowed: tuple[str, ...] = ()) -> None:
        """Fail on a policy violation, a console error, an accessibility finding or a page wider than its window.

        What a click leads to is waited for: a document that has only begun has no root to be measured.
        """
        if self.scripts:
            settle(self.page)
        found = [problem for problem in self.problems if not any(part in problem for part in allowed)]
        found += [f"policy: {one}" for one in self.page.evaluate("window.violations ?? []")]
        if self.page.evaluate(ROOM) > 0:
            found.append(f"scrolls sideways by {self.page.evaluate(ROOM)} px at {self.page.viewport_size}")
        if axe:
            results = Axe().run(self.page)
            found += [
                f"axe: {one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
                for one in results.response["violations"]
            ]
        assert found == []


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """`visit(user, viewport=PHONE, scheme="dark")` opens a window; without a user nobody is signed in."""
    opened: list[BrowserContext] = []

    def opener(user: Any = None, *, viewport: Any = None, scheme: Any = "light", **options: Any) -> Visitor:
        context = browser.new_context(viewport=viewport or DESKTOP, color_scheme=scheme, locale="fr-FR", **options)
        opened.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        context.add_init_script(WATCH)
        page = context.new_page()
        visitor = Visitor(page, live_server.url, scripts=options.get("java_script_enabled", True))
        page.on(
            "console",
            lambda message: visitor.problems.append(f"console: {message.text}") if message.type == "error" else None,
        )
        page.on("pageerror", lambda error: visitor.problems.append(f"script: {error}"))
        return visitor

    yield opener
    for context in opened:
        context.close()
