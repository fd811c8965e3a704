"""Text that wants to be a script stays text, wherever it was typed and wherever it is shown (exam 19 of security.md §11)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pmo_portal.core.models import User
from projects.models import Project
from tests import make
from tests.crawl import crawl
from tests.projects.exchange.files import csv_bytes
from tests.reporting.dashboards.pages import client_of, compute

pytestmark = pytest.mark.django_db(transaction=True)

CALL = "alert(document.domain)"
POLYGLOTS = (
    f"<script>{CALL}</script>",
    f'"><script>{CALL}</script>',
    f"'><script>{CALL}</script>",
    f"</title><script>{CALL}</script>",
    f"</textarea><script>{CALL}</script>",
    f"</script><script>{CALL}</script>",
    f"<img src=x onerror={CALL}>",
    f'"><img src=x onerror={CALL}>',
    f"'><img src=x onerror={CALL}//",
    f"<svg onload={CALL}>",
    f"<svg/onload={CALL}//",
    f'" onfocus={CALL} autofocus x="',
    f"' onfocus={CALL} autofocus x='",
    f"x onmouseover={CALL} ",
    f'" onmouseover="{CALL}',
    f"javascript:{CALL}",
    f"java\tscript:{CALL}",
    f"JaVaScRiPt:{CALL}//",
    f"data:text/html,<script>{CALL}</script>",
    f'<a href="javascript:{CALL}">x</a>',
    f"<iframe src=javascript:{CALL}>",
    f"<iframe srcdoc='<script>{CALL}</script>'>",
    f"<object data=javascript:{CALL}>",
    f"<form action=javascript:{CALL}><button>x",
    f"<details open ontoggle={CALL}>",
    f"<video><source onerror={CALL}>",
    f"<math><mi xlink:href=javascript:{CALL}>x",
    f"<style>@import'javascript:{CALL}'</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content=0;//evil.example>",
    f"<b hx-get=/help/ hx-trigger=load hx-on:load={CALL}>x</b>",
    f"{{{{constructor.constructor('{CALL}')()}}}}",
    f"${{{CALL}}}",
    f"%3Cscript%3E{CALL}%3C/script%3E",
    f"&lt;script&gt;{CALL}&lt;/script&gt;",
    f"\\u003cscript\\u003e{CALL}\\u003c/script\\u003e",
    f"<!--<script>{CALL}</script>-->",
    f"<![CDATA[<script>{CALL}</script>]]>",
    f"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={CALL} )//"
    "%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/"
    f"<sVg/oNloAd={CALL}//>",
)


def planted(ada: User) -> Project:
    """An organisation in which every text that somebody may type is one of these."""
    first = None
    for number, text in enumerate(POLYGLOTS):
        home = make.portfolio(f"X{number}", name=text, name_en=text)
        project = make.project(
            f"X{number}",
            node=home,
            name=text,
            name_en=text,
            short_name=text[:60],
            description=text,
            external_ref=text[:80],
        )
        make.risk(project, title=text, description=text)
        make.milestone(project, name=text)
        make.budget_line(project, category=text[:60])
        make.person(text[:200])
        first = first or project
    ada.first_name, ada.last_name = POLYGLOTS[6][:150], POLYGLOTS[0][:150]
    ada.save()
    assert first is not None
    return first


def test_nothing_that_was_typed_runs(visit: Any, ada: User) -> None:
    project = planted(ada)
    make.member(ada, "administrator")
    compute()
    client = client_of(ada)
    rows = [["Code", "Project name"], *([f"I{number}", text] for number, text in enumerate(POLYGLOTS[:8]))]
    file = SimpleUploadedFile(f"'><img src=x onerror={CALL}>.csv", csv_bytes(rows))
    sent = client.post("/imports/new/", {"file": file, "profile": "generic", "portfolio": "+", "new_code": "ZZ-1"})
    assert sent.status_code == 302
    raw = [
        address
        for address, answer in crawl(client, most=60)
        if answer.headers["Content-Type"].startswith("text/html")
        and any(text in answer.content.decode() for text in POLYGLOTS if text.startswith(("<", '"', "'")))
    ]
    assert raw == [], "text shown without its brackets and quotes escaped"
    visitor, dialogs = visit(ada), []
    visitor.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    pages = [
        "/portfolios/",
        "/portfolios/X0/",
        "/projects/",
        "/projects/?group=portfolio",
        "/executive/",
        "/people/",
        "/users/",
        "/imports/",
        sent["Location"],
        "/search/?q=alert",
        f"/projects/{project.pk}/",
        f"/projects/{project.pk}/milestones/",
        f"/projects/{project.pk}/risks/",
        f"/projects/{project.pk}/budget/",
        f"/projects/{project.pk}/history/",
        f"/projects/{project.pk}/edit/",
    ]
    for address in pages:
        visitor.go(address)
        visitor.page.emulate_media(media="print")
        visitor.page.emulate_media(media="screen")
        visitor.page.mouse.wheel(0, 4000)
        assert visitor.page.evaluate("window.violations ?? []") == [], address
        assert (
            visitor.page.evaluate(
                "document.querySelectorAll('main script, main iframe, main object, main base').length"
            )
            == 0
        )
    assert dialogs == []
    assert visitor.problems == []
