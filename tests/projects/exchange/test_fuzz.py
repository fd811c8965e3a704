"""Files that chance made of good ones: a table or a refusal with words, all or nothing (security.md §11, exam 45).

Ten thousand of them: `make exams`.
"""

import random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pmo_portal.core.models import User
from projects.models import ImportBatch
from tests.projects.exchange import fuzz

pytestmark = pytest.mark.django_db


def test_no_file_breaks_the_importer() -> None:
    seen = fuzz.run(seed=1, count=72)
    assert seen["written"] > 40
    assert seen["bad rows"] > 3
    assert sum(times for outcome, times in seen.items() if outcome.startswith("refused")) > 10


def test_no_upload_is_answered_with_an_error_of_the_server(client: Client, ada: User) -> None:
    """Through the page and the real child process: what a person sees is a review or a sentence at the field."""
    client.force_login(ada)
    answers = [uploaded(client, name, content) for name, content in fuzz.cases(seed=2, count=24)]
    assert {answer.status_code for answer in answers} <= {422, 302}
    for answer in answers:
        if answer.status_code == 302:
            review = client.get(answer.url)
            assert review.status_code == 200
    assert any(answer.status_code == 302 for answer in answers)
    refused = [answer.content.decode() for answer in answers if answer.status_code == 422]
    assert refused
    assert all('role="alert"' in page or "errorlist" in page or "field-error" in page for page in refused)
    assert not ImportBatch.objects.exclude(state=ImportBatch.State.STAGED).exists()


def uploaded(client: Client, name: str, content: bytes) -> Any:
    given = {"profile": "generic", "portfolio": "+", "new_code": f"F{random.Random(len(content)).randrange(10**6)}"}
    return client.post(reverse("projects:import-create"), {"file": SimpleUploadedFile(name, content), **given})
