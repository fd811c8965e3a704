"""SAML (exam C 35, in the size of a commit): who comes in, and more than forty responses that open nothing."""

import base64
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from pmo_portal.core.models import SeenAssertion, User
from projects.access.models import Membership
from tests.core.identity.saml_idp import HOST, IDP, Signer, Story, request_in, wrapped

pytestmark = pytest.mark.django_db
START, ACS = "/sign-in/saml/corp/", "/sign-in/saml/corp/acs/"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture(scope="module")
def stranger() -> Signer:
    return Signer()


@pytest.fixture(autouse=True)
def corp(settings: Any, signer: Signer) -> None:
    advanced = {
        "strict": True, "want_assertion_signed": True, "want_message_signed": True, "want_name_id": True,
        "reject_idp_initiated_sso": True, "reject_deprecated_algorithm": True, "allow_single_label_domains": True,
    }  # fmt: skip
    names = {name: name for name in ("email", "first_name", "last_name", "username")}
    app = {
        "provider_id": "corp", "name": "Corp", "client_id": "corp",
        "settings": {
            "idp": {"entity_id": IDP, "sso_url": "https://idp.example/sso", "x509cert": signer.certificate},
            "advanced": advanced, "attribute_mapping": names, "groups": "groups", "role_map": {"directors": "executive"},
        },
    }  # fmt: skip
    providers = settings.SOCIALACCOUNT_PROVIDERS
    settings.SOCIALACCOUNT_PROVIDERS = {**providers, "saml": {**providers["saml"], "APPS": [app]}}


def browser() -> Client:
    return Client(HTTP_HOST="testserver")


def begin(client: Client) -> Story:
    return Story(request_in(client.post(START)["Location"]))


def hand_in(client: Client, xml: str | bytes, *, packed: bool = True) -> Any:
    """Post a response as the browser does, and follow to where it is judged."""
    text = base64.b64encode(xml.encode() if isinstance(xml, str) else xml).decode() if packed else str(xml)
    answer = client.post(ACS, {"SAMLResponse": text, "RelayState": ""})
    return client.get(answer["Location"])


def inside(client: Client) -> bool:
    return SESSION_KEY in client.session


def test_who_is_vouched_for_comes_in(signer: Signer, world: Any) -> None:
    client = browser()
    story = begin(client).but(groups=("directors", "others"))
    assert hand_in(client, story.signed(signer)).status_code == 302
    user = User.objects.get()
    assert (user.email, user.label, client.session[SESSION_KEY]) == ("subject-1@example.org", "Jane Roe", str(user.pk))
    assert Membership.objects.get(user=user).role == "executive"
    assert client.get("/projects/").status_code == 200
    other = browser()
    hand_in(other, begin(other).signed(signer))
    assert inside(other)
    assert not Membership.objects.exists()
    assert SocialAccount.objects.count() == 1


def test_our_description_says_who_we_are_and_where_answers_go(settings: Any, signer: Signer) -> None:
    """Valid by the schema of SAML; without asking the service, which wants it first; and it does not grow old."""
    app = settings.SOCIALACCOUNT_PROVIDERS["saml"]["APPS"][0]["settings"]
    app["idp"] = {"entity_id": IDP, "metadata_url": "http://127.0.0.1:1/nobody"}
    app["advanced"] |= {"authn_request_signed": True, "private_key": signer.key, "x509cert": signer.certificate}
    app["advanced"] |= {"metadata_valid_until": ""}
    answer = browser().get("/sign-in/saml/corp/metadata/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/samlmetadata+xml; charset=utf-8")
    root = OneLogin_Saml2_XML.validate_xml(answer.content, "saml-schema-metadata-2.0.xsd")
    assert not isinstance(root, str), root
    place = f"{{{Names.NS_MD}}}"
    assert (root.tag, root.get("entityID")) == (f"{place}EntityDescriptor", f"{HOST}/metadata/")
    assert root.get("validUntil") is None
    described = root.find(f"{place}SPSSODescriptor")
    assert (described.get("WantAssertionsSigned"), described.get("AuthnRequestsSigned")) == ("true", "true")
    consumer = described.find(f"{place}AssertionConsumerService")
    assert (consumer.get("Location"), consumer.get("Binding")) == (f"{HOST}/acs/", Names.BINDING_HTTP_POST)
    shown = described.findtext(f"{place}KeyDescriptor[@use='signing']//{{{Names.NS_DS}}}X509Certificate")
    assert "".join(shown.split()) == "".join(signer.certificate.splitlines()[1:-1])
    assert browser().get("/sign-in/saml/other/metadata/").status_code == 404


def test_there_is_no_single_logout(signer: Signer) -> None:
    """It is not announced, and what is sent there ends nobody's session."""
    client = browser()
    hand_in(client, begin(client).signed(signer))
    assert b"SingleLogoutService" not in client.get("/sign-in/saml/corp/metadata/").content
    assert client.get("/sign-in/saml/corp/sls/", {"SAMLRequest": "x"}).status_code == 404
    assert client.post("/sign-in/saml/corp/sls/", {"SAMLRequest": "x"}).status_code == 404
    assert inside(client)


def evil(story: Story, signer: Signer, stranger: Signer) -> dict[str, str]:
    """Responses that must open nothing, each made for the request it answers unless that is what is wrong with it."""
    whole = story.signed(signer)
    forged = story.but(subject="admin").assertion()
    doctype = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'
    wrong = {
        "assertion over": {"valid_until": -6}, "confirmation over": {"confirmed_until": -3},
        "session over": {"session_until": -3},
        "not yet": {"valid_from": 10}, "for another audience": {"audience": "https://other.example"},
        "for nobody": {"audience": ""}, "for another recipient": {"recipient": "https://other.example/acs"},
        "for another destination": {"destination": "https://other.example/acs"}, "to nowhere": {"destination": ""},
        "of another issuer": {"issuer": "https://evil.example"}, "response of another issuer": {"response_issuer": "https://evil.example"},
        "not a success": {"status": Names.STATUS_REQUESTER}, "version 1.1": {"version": "1.1"},
        "holder of key": {"method": Names.CM_HOLDER_KEY}, "sender vouches": {"method": Names.CM_SENDER_VOUCHES},
        "unasked": {"in_response": False}, "for another request": {"asked": "_another"}, "no conditions": {"conditions": False},
        "no name": {"name": False}, "an empty name": {"subject": ""}, "no proof of a sign-in": {"proof": False},
        "no attributes": {"attributes": False},
    }  # fmt: skip
    return {
        "nothing signed": story.response(story.assertion()),
        "only the message": signer.sign(story.response(story.assertion())),
        "only the assertion": story.response(signer.sign(story.assertion())),
        "signed by a stranger": story.signed(stranger),
        "assertion by a stranger": signer.sign(story.response(stranger.sign(story.assertion()))),
        "message by a stranger": stranger.sign(story.response(signer.sign(story.assertion()))),
        "SHA-1": story.signed(signer, method=Names.RSA_SHA1, digest=Names.SHA1),
        "changed after signing": whole.replace("subject-1", "subject-2"),
        "groups added after signing": whole.replace("Jane", "Root"),
        "signature cut": whole.replace("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        "two assertions": signer.sign(story.response(signer.sign(story.assertion()) + signer.sign(story.but().assertion()))),
        "a document type": doctype + whole.partition("?>")[2] if whole.startswith("<?xml") else doctype + whole,
        "an entity": (doctype + whole).replace("Jane", "&e;"),
        "laughter": (laughs + whole).replace("Jane", "&c;"),
        "no XML": "hello", "empty": "", "half of it": whole[: len(whole) // 2], "another document": "<a/>",
        "a wrong root": whole.replace("samlp:Response", "samlp:LogoutResponse"),
        **{name: story.but(**change).signed(signer) for name, change in wrong.items()},
        **{f"wrapped: {name}": text for name, text in wrapped(whole, forged).items()},
    }  # fmt: skip


def test_more_than_forty_false_responses_open_nothing(signer: Signer, stranger: Signer) -> None:
    names = list(evil(Story("_x"), signer, stranger))
    opened = []
    for name in names:
        client = browser()
        answer = hand_in(client, evil(begin(client), signer, stranger)[name])
        if inside(client) or answer.status_code not in (401, 403):
            opened.append((name, answer.status_code))
    assert opened == []
    assert not User.objects.exists()
    print(f"\nexam C 35: {len(names)} false responses, 0 accepted")  # noqa: T201
    assert len(names) >= 40


def test_a_comment_cuts_no_name(signer: Signer) -> None:
    """CVE-2017-11427: the signature ignores comments, so a reader that stops at one takes somebody for another."""
    client = browser()
    whole = begin(client).but(subject="admin.evil").signed(signer)
    hand_in(client, whole.replace(">admin.evil<", ">admin<!-- -->.evil<"))
    assert not SocialAccount.objects.exclude(uid="admin.evil").exists()


def test_a_response_serves_once(signer: Signer) -> None:
    """In the same browser, in another, for another request; and its number is remembered in the database."""
    client, thief = browser(), browser()
    story = begin(client)
    whole = story.signed(signer)
    hand_in(client, whole)
    assert inside(client)
    client.post("/sign-out/")
    hand_in(client, whole)
    assert not inside(client)
    hand_in(thief, whole)
    assert not inside(thief)
    again = begin(thief).but(assertion_id=story.assertion_id)
    assert hand_in(thief, again.signed(signer)).status_code == 401
    assert not inside(thief)
    assert SeenAssertion.objects.get().assertion_id == story.assertion_id


def test_what_is_too_large_or_for_nobody_is_not_kept() -> None:
    assert browser().post("/sign-in/saml/other/acs/", {"SAMLResponse": "x"}).status_code == 404
    assert browser().post(ACS, {"SAMLResponse": "x" * 600_000}).status_code == 413
    assert browser().post(ACS, {"SAMLResponse": "é", "RelayState": "\0"}).status_code == 302
    assert hand_in(browser(), "not base64 at all!", packed=False).status_code == 401
    call_command("check")
