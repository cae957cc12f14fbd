"""The real provider of these tests, the attacker's one, and a browser's way through either of them."""

import base64
import hmac
import json
import re
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from accounts.sso import provider as kept
from accounts.sso.services import link
from tests.processes.rig import ROOT, free_ports
from tests.sso import idp
from tests.sso.forger import Forger

START_SECONDS = 60
ORIGIN = "http://testserver"


class RealProvider:
    """Canaille, running. `key` is what it signs with."""

    def __init__(self, directory, *, port=None, back=f"{ORIGIN}{kept.BACK}"):
        port = port or free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        keys = directory / "keys.json"
        keys.write_text(json.dumps([self.key.as_dict(private=True)]))
        self.log = directory / "idp.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tests.sso.idp", str(port), str(keys), back],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx2.get(f"{self.url}/.well-known/openid-configuration", trust_env=False).status_code == 200:
                    return
            except httpx2.HTTPError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def sign_in(self, away, name):
        """What a person does at the provider, from where they were sent to. Returns where it sends them back."""
        with httpx2.Client(trust_env=False, base_url=self.url) as browser:
            answer = browser.get(away)
            for _step in range(8):
                if answer.is_redirect:
                    target = answer.headers["Location"]
                    if target.startswith(ORIGIN):
                        return target
                    answer = browser.get(target)
                    continue
                token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text)
                fields = {"csrf_token": token.group(1) if token else "", "login": name, "password": idp.PASSWORD}
                answer = browser.post(str(answer.url), data={**fields, "answer": "accept"})
            raise AssertionError(answer.text)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def configured(settings, issuer, directory):
    secret = directory / "client-secret"
    secret.write_text(idp.CLIENT_SECRET + "\n")
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = issuer, idp.CLIENT_ID
    settings.OIDC_CLIENT_SECRET_FILE = str(secret)
    settings.OIDC_AMR_VALUES, settings.OIDC_ACR_VALUES = ["mfa"], []
    settings.ORIGINS = [ORIGIN]
    settings.ALLOWED_HOSTS = ["testserver"]
    kept.forget()


@pytest.fixture(scope="session")
def real_provider(tmp_path_factory):
    running = RealProvider(tmp_path_factory.mktemp("idp"))
    yield running
    running.stop()


@pytest.fixture
def idp_here(settings, real_provider, tmp_path):
    """The settings name the real provider."""
    configured(settings, real_provider.url, tmp_path)
    yield real_provider
    kept.forget()


@pytest.fixture
def linked(db, settings):
    """linked(person, subject): the provider's account is that person."""

    def give(person, subject):
        return link(person, subject=subject, agent=None, reason="test")

    return give


class ForgedProvider:
    """The attacker's provider as the configured one: what it signs, and the way of a browser through it."""

    def __init__(self, forger):
        self.forger, self.issuer = forger, forger.url
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        forger.describes_itself()
        self.shows(self.key)

    def shows(self, *keys):
        self.forger.says("/jwks", {"keys": [key.as_dict(private=False) for key in keys]})

    def signs(self, claims, *, key=None, alg="RS256"):
        key = key or self.key
        head = {"alg": alg, "kid": key.kid} if key.kid else {"alg": alg}
        return jwt.encode(head, claims, key, algorithms=[alg])

    def claims(self, nonce, /, **changed):
        now = int(time.time())
        right = {"iss": self.issuer, "aud": idp.CLIENT_ID, "sub": "amara", "nonce": nonce}
        claims = {**right, "iat": now, "exp": now + 300, "auth_time": now, "amr": ["pwd", "mfa"], **changed}
        return {name: value for name, value in claims.items() if value is not None}

    def comes_back(self, client, *, make=None, state=None, code="a-code", wanted="/me/", **changed):
        """Begins, has the token endpoint answer with a token of `changed` claims (or `make(nonce)`), and comes back."""
        asked = begun(client, wanted)
        token = make(asked["nonce"]) if make else self.signs(self.claims(asked["nonce"], **changed))
        self.forger.says("/token", {"access_token": "x", "token_type": "Bearer", "id_token": token})
        return client.get(kept.BACK, {"code": code, "state": asked["state"] if state is None else state})

    def logout_claims(self, **changed):
        now = int(time.time())
        event = {"http://schemas.openid.net/event/backchannel-logout": {}}
        right = {"iss": self.issuer, "aud": idp.CLIENT_ID, "iat": now, "exp": now + 120, "events": event}
        claims = {**right, "jti": "j-1", "sub": "amara", **changed}
        return {name: value for name, value in claims.items() if value is not None}


def begun(client, wanted="/me/"):
    """What our server asked of the provider: the parameters of the address it sends the browser to."""
    answer = client.get("/sign-in/sso/", {"next": wanted})
    assert answer.status_code == 303, answer.content
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


@pytest.fixture
def forged(settings, tmp_path):
    """The settings name a provider that signs whatever a test wants."""
    forger = Forger()
    configured(settings, forger.url, tmp_path)
    yield ForgedProvider(forger)
    forger.stop()
    kept.forget()


@pytest.fixture
def signed_by_the_public_key(forged):
    """signed(nonce): a token by HS256, whose secret is the provider's public key as everybody can read it."""

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    def signed(nonce):
        head = json.dumps({"alg": "HS256", "kid": forged.key.kid}).encode()
        said = part(head) + b"." + part(json.dumps(forged.claims(nonce)).encode())
        mark = hmac.digest(forged.key.as_pem(private=False), said, "sha256")
        return (said + b"." + part(mark)).decode()

    return signed
