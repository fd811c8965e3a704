"""What a person holds in their hand: an app that shows six figures, and a security key made of software."""

import base64
import hashlib
import hmac
import json
import os
import struct
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor

PERIOD = 30


def code(secret: str, *, shift: int = 0) -> str:
    """The six figures of RFC 6238 now, or `shift` half minutes later."""
    counter = struct.pack(">Q", int(time.time()) // PERIOD + shift)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


class SoftwareKey:
    """An ES256 authenticator (WebAuthn level 3) with a counter; it verifies its user."""

    def __init__(self, host: str = "testserver") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.counter, self.host, self.handle = os.urandom(16), 0, host, b""

    def create(self, options: dict[str, Any], *, origin: str = "") -> str:
        """The credential for `navigator.credentials.create`, as the form sends it."""
        asked = options["publicKey"]
        self.handle = base64.urlsafe_b64decode(asked["user"]["id"] + "==")
        point = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor.encode(cose)
        data = self.data(flags=0x45) + attested
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client("webauthn.create", asked["challenge"], origin)
        response = {"clientDataJSON": b64(client), "attestationObject": b64(attestation)}
        return self.told(response, extensions={"credProps": {"rk": True}})

    def get(self, options: dict[str, Any], *, origin: str = "", counter: int | None = None, signer: Any = None) -> str:
        """The assertion for `navigator.credentials.get`."""
        self.counter = self.counter + 1 if counter is None else counter
        data = self.data(flags=0x05)
        client = self.client("webauthn.get", options["publicKey"]["challenge"], origin)
        signature = (signer or self.key).sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self.told({
            "clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature),
            "userHandle": b64(self.handle),
        })  # fmt: skip

    def data(self, *, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.counter)

    def client(self, kind: str, challenge: str, origin: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": origin or f"https://{self.host}", "crossOrigin": False}
        return json.dumps(told).encode()

    def told(self, response: dict[str, str], *, extensions: dict[str, Any] | None = None) -> str:
        whole = {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        return json.dumps({**whole, "clientExtensionResults": extensions or {}})
