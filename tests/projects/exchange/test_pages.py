"""Files in, in the browser: choose, correct, look, apply, take back (French and English)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pmo_portal.core.models import User
from projects.models import ImportBatch, ImportProfile, Project
from tests import make
from tests.projects.exchange.files import csv_bytes

pytestmark = pytest.mark.django_db

ROWS = [
    ["Code", "Nom du projet", "Truc", "Fin estimée"],
    ["R1", "Réseau", "1 200", "31/12/2026"],
    ["R2", "Paie", "300", "30/06/2027"],
]


@pytest.fixture
def pmo(client: Client, ada: User) -> Client:
    ada.language = "fr"
    ada.save()
    client.force_login(ada)
    return client


def upload(client: Client, content: bytes, **fields: Any) -> Any:
    given = {"profile": "generic", "portfolio": "+", "new_code": "si-2027", **fields}
    return client.post(reverse("projects:import-create"), {"file": SimpleUploadedFile("suivi.csv", content), **given})


def test_from_the_file_to_the_projects_and_back(pmo: Client) -> None:
    answer = upload(pmo, csv_bytes(ROWS))
    batch = ImportBatch.objects.get()
    assert answer.url == reverse("projects:import-review", args=[batch.pk])
    page = pmo.get(answer.url).content.decode()
    assert "Réseau" in page
    assert "SI-2027" in page
    assert not Project.objects.filter(external_ref="R1").exists()

    column = next(c for c in batch.report["sheets"][0]["columns"] if c["header"] == "Truc")
    assert column["target"] == ""
    fields = {f"column-0-{c['index']}": c["target"] for c in batch.report["sheets"][0]["columns"]}
    fields[f"column-0-{column['index']}"] = "amount.revised"
    assert pmo.post(reverse("projects:import-mapping", args=[batch.pk]), fields).status_code == 302
    batch.refresh_from_db()
    assert next(c for c in batch.report["sheets"][0]["columns"] if c["header"] == "Truc")["target"] == "amount.revised"

    pmo.post(reverse("projects:import-profile-save", args=[batch.pk]), {"name": "Mon suivi"})
    assert ImportProfile.objects.get().settings["columns"] == {"truc": "amount.revised"}

    pmo.post(reverse("projects:import-apply", args=[batch.pk]))
    network = Project.objects.get(external_ref="R1")
    assert network.budget_lines.get().amount == 1200
    applied = pmo.get(reverse("projects:import-review", args=[batch.pk])).content.decode()
    assert reverse("projects:import-undo", args=[batch.pk]) in applied
    assert "Réseau" in applied

    pmo.post(reverse("projects:import-undo", args=[batch.pk]))
    assert not Project.objects.filter(external_ref="R1").exists()
    assert pmo.get(reverse("projects:import-list")).status_code == 200


def test_every_value_of_a_new_project_is_shown_before_it_is_written(pmo: Client) -> None:
    header = ["Code", "Nom du projet", "Programme", "Météo", "Fin de référence", "Budget révisé (k€)", "Réel mars 2026"]
    rows = [header, ["R1", "Réseau", "Infrastructures", "vert", "30/06/2026", "1 200,5", "80,25"]]
    upload(pmo, csv_bytes(rows, delimiter=";"))
    batch = ImportBatch.objects.get()
    page = " ".join(pmo.get(reverse("projects:import-review", args=[batch.pk])).content.decode().split())
    for label, value in (
        ("Code", "R1"), ("Nom", "Réseau"), ("Portefeuille ou programme", "Infrastructures"), ("Météo déclarée", "Vert"),
        ("Fin de référence", "30 juin 2026"), ("Ligne de budget · Budget révisé · Montant", "1 200 500"),
        ("Ligne de budget · Consommé · mars 2026 · Montant", "80,25"),
    ):  # fmt: skip
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page
    assert "<details" in page
    opened = pmo.get(reverse("projects:import-review", args=[batch.pk]), {"open": "1"}).content.decode()
    assert '<details class="new-project" open>' in opened
    assert not Project.objects.filter(external_ref="R1").exists()


def test_a_long_file_is_paged_to_its_last_project(pmo: Client) -> None:
    upload(pmo, csv_bytes([ROWS[0], *[[f"R{n}", f"Projet {n:03}", "1", "31/12/2026"] for n in range(1, 121)]]))
    url = reverse("projects:import-review", args=[ImportBatch.objects.get().pk])
    seen: list[int] = []
    for number in (1, 2, 3):
        page = pmo.get(url, {"page": number}).content.decode()
        found = [n for n in range(1, 121) if f"<b>Projet {n:03}</b>" in page]
        assert len(found) <= 50
        seen += found
    assert seen == list(range(1, 121))
    assert "Projets 101 à 120 sur 120" in page
    for wrong in ("99", "0", "-1", "abc", "9" * 30):
        assert "<b>Projet" in pmo.get(url, {"page": wrong}).content.decode()


def test_changed_cells_come_before_new_projects(pmo: Client) -> None:
    upload(pmo, csv_bytes(ROWS))
    pmo.post(reverse("projects:import-apply", args=[ImportBatch.objects.get().pk]))
    rows = [ROWS[0], ["R0", "Nouveau", "1", "31/12/2026"], ["R1", "Réseau", "1", "31/01/2027"], ROWS[2]]
    upload(pmo, csv_bytes(rows), portfolio="SI-2027", new_code="")
    page = pmo.get(reverse("projects:import-review", args=[ImportBatch.objects.first().pk])).content.decode()
    assert "31 déc. 2026" in page
    assert "<b>31 janv. 2027</b>" in page
    assert page.index("<b>31 janv. 2027</b>") < page.index("<b>Nouveau</b>")
    assert "<b>Paie</b>" not in page  # unchanged


def test_a_saved_mapping_is_offered_next_time(pmo: Client, ada: User) -> None:
    saved = ImportProfile.objects.create(owner=ada, name="Mon suivi", settings={"columns": {"truc": "amount.revised"}})
    upload(pmo, csv_bytes(ROWS), profile=f"saved-{saved.pk}")
    assert any(c["target"] == "amount.revised" for c in ImportBatch.objects.get().report["sheets"][0]["columns"])


def test_problems_are_shown_and_good_rows_can_go_alone(pmo: Client) -> None:
    rows = [*ROWS, ["R3", "Site", "5", "demain"]]
    upload(pmo, csv_bytes(rows))
    batch = ImportBatch.objects.get()
    page = pmo.get(reverse("projects:import-review", args=[batch.pk])).content.decode()
    assert "demain" in page
    assert "D4" in page
    refused = pmo.post(reverse("projects:import-apply", args=[batch.pk]))
    assert refused.status_code == 422
    assert not Project.objects.filter(external_ref__startswith="R").exists()
    pmo.post(reverse("projects:import-apply", args=[batch.pk]), {"skip": "1"})
    assert Project.objects.filter(external_ref__startswith="R").count() == 2
    left_out = pmo.get(reverse("projects:import-rejects", args=[batch.pk]))
    assert "attachment" in left_out["Content-Disposition"]
    assert "demain" in left_out.content.decode("utf-8-sig")


def test_a_code_alone_means_a_new_portfolio(pmo: Client) -> None:
    """Refusing it because the list was left alone would lose the file chosen."""
    answer = upload(pmo, csv_bytes(ROWS), portfolio="")
    assert answer.status_code == 302
    assert "SI-2027" in pmo.get(answer.url).content.decode()


def test_a_new_portfolio_has_its_name_and_a_code_of_its_own(pmo: Client) -> None:
    answer = upload(pmo, csv_bytes(ROWS), new_name=" Systèmes d’information ")
    batch = ImportBatch.objects.get()
    pmo.post(reverse("projects:import-apply", args=[batch.pk]))
    node = Project.objects.get(external_ref="R1").portfolio
    assert (node.code, node.name) == ("SI-2027", "Systèmes d’information")
    again = upload(pmo, csv_bytes(ROWS))
    assert again.status_code == 422
    assert "déjà utilisé" in again.content.decode()
    assert answer.status_code == 302
    assert upload(pmo, csv_bytes(ROWS), portfolio="SI-2027", new_code="").status_code == 302


def test_a_code_taken_while_the_file_waited_is_not_filled(pmo: Client) -> None:
    upload(pmo, csv_bytes(ROWS))
    make.portfolio("SI-2027")
    batch = ImportBatch.objects.get()
    assert pmo.post(reverse("projects:import-apply", args=[batch.pk])).status_code == 422
    assert not Project.objects.filter(external_ref="R1").exists()


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        (b"", {}, "vide"),
        (b"PK\x03\x04 nothing", {}, "endommag"),
        (csv_bytes(ROWS), {"portfolio": "", "new_code": ""}, "Choisissez le portefeuille"),
        (csv_bytes(ROWS), {"new_code": ""}, "Donnez un code"),
        (csv_bytes(ROWS), {"new_code": "<script>"}, "new_code"),
    ],
)
def test_a_wrong_upload_says_what_to_do(pmo: Client, content: bytes, fields: dict[str, str], words: str) -> None:
    answer = upload(pmo, content, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_dropping_a_file_forgets_it(pmo: Client) -> None:
    upload(pmo, csv_bytes(ROWS))
    pmo.post(reverse("projects:import-discard", args=[ImportBatch.objects.get().pk]))
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("who", ["ben", "cleo", "eve", "omar"])
def test_pages_are_for_those_who_may_import(client: Client, request: pytest.FixtureRequest, who: str) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("projects:import-list")).status_code == 403
    assert upload(client, csv_bytes(ROWS)).status_code == 403


def test_a_staged_file_is_its_persons_alone(pmo: Client, client: Client, ada: User, omar: User, world: Any) -> None:
    upload(pmo, csv_bytes(ROWS), portfolio="NORTH", new_code="")
    batch = ImportBatch.objects.get()
    client.force_login(omar)
    assert client.get(reverse("projects:import-review", args=[batch.pk])).status_code == 404


def test_every_page_speaks_english(pmo: Client, ada: User) -> None:
    ada.language = "en"
    ada.save()
    upload(pmo, csv_bytes(ROWS))
    page = pmo.get(reverse("projects:import-review", args=[ImportBatch.objects.get().pk])).content.decode()
    assert "What changes" in page
    assert "Apply the import" in page
    template = pmo.get(reverse("projects:import-template", args=["en"]))
    assert template.content.startswith(b"PK")


def test_findings_speak_the_language_of_whoever_reads_them(pmo: Client, ada: User, client: Client) -> None:
    """Stored once, told again: also what was stored before the parameters were kept."""
    upload(pmo, csv_bytes([*ROWS, ["R3", "Parc", "1", "demain"]]))
    batch = ImportBatch.objects.get()
    address = reverse("projects:import-review", args=[batch.pk])
    assert "n’est pas une date" in pmo.get(address).content.decode()
    ada.language = "en"
    ada.save()
    english = pmo.get(address).content.decode()
    assert "is not a date" in english
    assert "n’est pas une date" not in english
    for problem in batch.report["problems"]:
        del problem["params"]
    batch.save()
    assert "n’est pas une date" in pmo.get(address).content.decode()
