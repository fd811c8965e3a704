"""What no page and no API can read is answered as what it is: nothing, or a bad request."""

import pytest
from django.test import Client

from pmo_portal.core.models import User
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/projects/?q=%00", "/portfolios/%00/", "/charts/cost-curve/?node=%00", "/users/?q=a%00b", "/programmes/%00/"],
)
def test_a_nul_character_names_nothing(client: Client, ada: User, address: str) -> None:
    client.force_login(ada)
    assert client.get(address).status_code == 404


def test_json_nested_too_deeply_is_a_bad_request(client: Client, ada: User) -> None:
    client.force_login(ada)
    token = client.session.get("_csrftoken", "")
    answer = client.post(
        "/api/v1/risks/", "[" * 100_000, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("told", ["zzz", "zz", "EURO", "XXX"])
def test_a_currency_is_an_iso_code(ada: User, told: str) -> None:
    project = make.project()
    answer = Api(ada).send("PATCH", f"projects/{project.pk}/", {"currency": told}, version=project.version)
    assert answer.status_code in (400, 422), answer.content
    assert {one["path"] for one in answer.json()["errors"]} == {"currency"}


@pytest.mark.parametrize("address", ["projects/%0A/", "projects/a%0Db/", "%0A/", "projects/1/%0A", "projects/%00/"])
def test_a_line_end_in_an_address_of_the_api_is_its_own_problem(ada: User, address: str) -> None:
    """And no page of the site."""
    answer = Api(ada).get(address)
    assert (answer.status_code, answer["Content-Type"]) in {
        (404, "application/problem+json"),
        (301, "text/html; charset=utf-8"),
    }
