"""A SAML 2.0 service that signs whatever a test wants to have signed."""

import base64
import secrets
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Names
from onelogin.saml2.utils import OneLogin_Saml2_Utils

HOST = "http://testserver/sign-in/saml/corp"
IDP = "https://idp.example/saml"
P, A, D = Names.NS_SAMLP, Names.NS_SAML, Names.NS_DS


def stamp(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Signer:
    """A key and its certificate."""

    def __init__(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        )
        made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        form = serialization.PrivateFormat.PKCS8
        self.key = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
        self.certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, xml: str, *, method: str = Names.RSA_SHA256, digest: str = Names.SHA256) -> str:
        signed = OneLogin_Saml2_Utils.add_sign(xml, self.key, self.certificate, False, method, digest)
        return signed.decode() if isinstance(signed, bytes) else str(signed)


@dataclass(frozen=True)
class Story:
    """What one response says; the defaults are right for the request `asked`."""

    asked: str
    subject: str = "subject-1"
    groups: tuple[str, ...] = ()
    issuer: str = IDP
    response_issuer: str = IDP
    audience: str = f"{HOST}/metadata/"
    recipient: str = f"{HOST}/acs/"
    destination: str = f"{HOST}/acs/"
    status: str = Names.STATUS_SUCCESS
    version: str = "2.0"
    method: str = Names.CM_BEARER
    confirmed_until: float = 5
    valid_from: float = -1
    valid_until: float = 5
    session_until: float = 60
    in_response: bool = True
    conditions: bool = True
    name: bool = True
    proof: bool = True
    attributes: bool = True
    assertion_id: str = field(default_factory=lambda: f"_{secrets.token_hex(16)}")

    def but(self, **changed: Any) -> "Story":
        return replace(self, **{"assertion_id": f"_{secrets.token_hex(16)}", **changed})

    def assertion(self) -> str:
        to = f' InResponseTo="{self.asked}"' if self.in_response and self.asked else ""
        name = f'<saml:NameID Format="{Names.NAMEID_PERSISTENT}">{self.subject}</saml:NameID>' if self.name else ""
        limits = (
            f'<saml:Conditions NotBefore="{stamp(self.valid_from)}" NotOnOrAfter="{stamp(self.valid_until)}">'
            f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        )
        proof = (
            f'<saml:AuthnStatement AuthnInstant="{stamp(0)}" SessionNotOnOrAfter="{stamp(self.session_until)}" SessionIndex="_s">'
            "<saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
            "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
        )
        held = {
            "email": [f"{self.subject.split('<')[0]}@example.org"],
            "first_name": ["Jane"],
            "last_name": ["Roe"],
            "groups": self.groups,
        }
        said = "".join(
            f'<saml:Attribute Name="{key}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for key, values in held.items()
            if values
        )
        return (
            f'<saml:Assertion xmlns:saml="{A}" ID="{self.assertion_id}" Version="{self.version}" IssueInstant="{stamp(0)}">'
            f"<saml:Issuer>{self.issuer}</saml:Issuer><saml:Subject>{name}"
            f'<saml:SubjectConfirmation Method="{self.method}"><saml:SubjectConfirmationData{to}'
            f' NotOnOrAfter="{stamp(self.confirmed_until)}" Recipient="{self.recipient}"/>'
            f"</saml:SubjectConfirmation></saml:Subject>"
            f"{limits if self.conditions else ''}{proof if self.proof else ''}"
            f"{f'<saml:AttributeStatement>{said}</saml:AttributeStatement>' if self.attributes else ''}</saml:Assertion>"
        )

    def response(self, assertion: str) -> str:
        to = f' InResponseTo="{self.asked}"' if self.in_response and self.asked else ""
        return (
            f'<samlp:Response xmlns:samlp="{P}" xmlns:saml="{A}" ID="_{secrets.token_hex(16)}" Version="{self.version}"'
            f' IssueInstant="{stamp(0)}" Destination="{self.destination}"{to}><saml:Issuer>{self.response_issuer}</saml:Issuer>'
            f'<samlp:Status><samlp:StatusCode Value="{self.status}"/></samlp:Status>{assertion}</samlp:Response>'
        )

    def signed(self, signer: Signer, **how: str) -> str:
        return signer.sign(self.response(signer.sign(self.assertion(), **how)), **how)


def request_in(location: str) -> str:
    """The id of the AuthnRequest in a redirect."""
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    return str(etree.fromstring(zlib.decompress(base64.b64decode(packed), -15)).get("ID"))


def wrapped(good: str, forged: str) -> dict[str, str]:
    """A good, signed response with a forged assertion slipped in, in nine ways (Somorovsky et al., 2012)."""

    def parts() -> tuple[Any, Any, Any]:
        tree = etree.fromstring(good.encode())
        return tree, tree.find(f"{{{A}}}Assertion"), etree.fromstring(forged.encode())

    def text(tree: Any) -> str:
        return etree.tostring(tree).decode()

    made: dict[str, str] = {}
    tree, real, false = parts()
    real.addprevious(false)
    made["before the signed one"] = text(tree)
    tree, real, false = parts()
    real.addnext(false)
    made["after the signed one"] = text(tree)
    tree, real, false = parts()
    real.addprevious(false)
    false.append(real)
    made["around the signed one"] = text(tree)
    tree, real, false = parts()
    signature = real.find(f"{{{D}}}Signature")
    real.addprevious(false)
    false.insert(1, signature)
    holder = etree.SubElement(signature, f"{{{D}}}Object")
    holder.append(real)
    made["the signed one inside its own signature"] = text(tree)
    for name, place in (("same id, before", "addprevious"), ("same id, after", "addnext")):
        tree, real, false = parts()
        false.set("ID", real.get("ID"))
        getattr(real, place)(false)
        made[name] = text(tree)
    tree, real, false = parts()
    extensions = etree.Element(f"{{{P}}}Extensions")
    real.addprevious(false)
    extensions.append(real)
    tree.insert(1, extensions)
    made["the signed one among extensions"] = text(tree)
    for name, tag in (
        ("the whole response inside another", f"{{{P}}}Extensions"),
        ("the whole response in an object", f"{{{D}}}Object"),
    ):
        tree, real, false = parts()
        outer = etree.fromstring(good.encode())
        outer.set("ID", "_outer")
        outer.replace(outer.find(f"{{{A}}}Assertion"), false)
        holder = etree.Element(tag)
        holder.append(tree)
        signature = outer.find(f"{{{D}}}Signature")
        (signature.append if tag.endswith("Object") else lambda one, outer=outer: outer.insert(1, one))(holder)
        made[name] = text(outer)
    return made
