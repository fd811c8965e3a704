"""A small OpenID Connect service on 127.0.0.1 that says whatever a test wants: real requests, real signatures."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT, SECRET = "pmo-portal", "a secret of two"


class Idp:
    """`answer` is what the token endpoint gives; `userinfo` what the userinfo endpoint says."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.curve = ec.generate_private_key(ec.SECP256R1())
        self.answer: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.asked: list[str] = []
        self.discovery_extra: dict[str, Any] = {}
        self.moved: set[str] = set()

    def claims(self, made_for: str, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "iss": self.issuer, "aud": CLIENT, "sub": "subject-1", "nonce": made_for, "iat": now, "exp": now + 300,
            "email": "jane@example.org", "email_verified": True, "given_name": "Jane", "family_name": "Roe",
        }  # fmt: skip
        return {name: value for name, value in {**told, **changed}.items() if value is not None}

    def sign(self, claims: dict[str, Any], *, key: Any = None, alg: str = "RS256", **headers: Any) -> str:
        return jwt.encode(claims, self.key if key is None else key, algorithm=alg, headers={"kid": "one", **headers})

    def public_pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def documents(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        keys = [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                **self.discovery_extra,
            },
            "/jwks": {"keys": keys},
            "/token": self.answer,
            "/userinfo": self.userinfo,
        }


def unsigned(claims: dict[str, Any], alg: str = "none") -> str:
    """A token without a signature."""
    parts = [json.dumps({"alg": alg, "typ": "JWT", "kid": "one"}), json.dumps(claims)]
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."


@contextmanager
def running() -> Iterator[Idp]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            idp.asked.append(path)
            if path in idp.moved:
                self.send_response(302)
                self.send_header("Location", f"/elsewhere{path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path = path.removeprefix("/elsewhere")
            body = json.dumps(idp.documents().get(path, {})).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.do_GET()

        def log_message(self, *_told: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    idp = Idp(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
