"""The provider as it describes itself: its addresses and its keys, fetched through the fence and kept for a while.

Everything that the description names must lie on the issuer's own host, or on one that the operator named.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.sso.checks import is_safe_address
from accounts.sso.fence import CONNECT_SECONDS, Fence, origin
from accounts.sso.refusals import ProviderAway, SignInRefused

KEPT_SECONDS = 3600.0
# A token with a key that is not known has the keys fetched anew, but not by every stranger who makes up a key's name.
ANEW_SECONDS = 10.0
# A provider that hangs holds this many threads at most; the others of the process serve the wards.
AT_ONCE = 3
WAIT_SECONDS = 2.0
MAX_AGE_SECONDS = 60
SCOPE = "openid email profile"
# A person signs in there anew, whatever session the provider has of them. Source: OpenID Connect Core 1.0, 3.1.2.1.
ANEW = "login"
BACK = "/sign-in/sso/back/"

_places = BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Addresses:
    """Where the provider takes sign-ins, gives tokens and shows its keys."""

    authorization: str
    token: str
    jwks: str


class Provider:
    """The provider of one issuer, with what is kept of it in this process."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self._lock = Lock()
        self._addresses: tuple[float, Addresses] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._anew = 0.0

    def addresses(self) -> Addresses:
        """Kept for an hour. Raises ProviderAway when the provider, or its description, is not as it should be."""
        with self._lock:
            if self._addresses is None or self._addresses[0] < time.monotonic():
                self._addresses = (time.monotonic() + KEPT_SECONDS, self._described())
            return self._addresses[1]

    def keys(self) -> KeySet:
        """The keys that the provider signs with, kept for an hour. Raises ProviderAway."""
        jwks = self.addresses().jwks
        with self._lock:
            if self._keys is None or self._keys[0] < time.monotonic():
                self._keys = (time.monotonic() + KEPT_SECONDS, _key_set(_fetched(jwks)))
            return self._keys[1]

    def keys_anew(self) -> KeySet:
        """The keys as they are now, because a token names one that was not there; at most every ten seconds."""
        with self._lock:
            if self._anew < time.monotonic():
                self._anew, self._keys = time.monotonic() + ANEW_SECONDS, None
        return self.keys()

    def sign_in_address(self, *, state: str, nonce: str, verifier: str, prompt: str) -> str:
        """Where the browser is sent, with the S256 challenge of `verifier`. `prompt`: "login" for a fresh sign-in."""
        more = {"prompt": prompt} if prompt else {}
        if prompt == ANEW:
            # It makes `auth_time` a claim that the provider must give. Not 0: some providers would ask for ever.
            more["max_age"] = str(MAX_AGE_SECONDS)
        if settings.OIDC_ACR_VALUES:
            more["acr_values"] = " ".join(settings.OIDC_ACR_VALUES)
        with _client() as client:
            url, _state = client.create_authorization_url(
                self.addresses().authorization, state=state, nonce=nonce, code_verifier=verifier, **more
            )
        return str(url)

    def exchange(self, code: str, *, verifier: str) -> dict[str, Any]:
        """The provider's answer to the code. Raises SignInRefused when it takes it not, or ProviderAway."""
        token = self.addresses().token
        with _Place(), _client() as client:
            try:
                return dict(client.fetch_token(token, code=code, code_verifier=verifier))
            except OAuthError as exc:
                raise SignInRefused(code="code_refused") from exc
            except (httpx2.HTTPError, ValueError, TypeError, RecursionError) as exc:
                raise ProviderAway(code="token_unread") from exc

    def _described(self) -> Addresses:
        said = _fetched(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != self.issuer:
            raise ProviderAway(code="other_issuer")
        named = [str(said.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(is_safe_address(url) and origin(url) in allowed_origins() for url in named):
            raise ProviderAway(code="foreign_address")
        return Addresses(*named)


class _Place:
    """One of the few exchanges with the provider that this process has at once."""

    def __enter__(self) -> None:
        if not _places.acquire(timeout=WAIT_SECONDS):
            raise ProviderAway(code="provider_busy")

    def __exit__(self, *exception: object) -> None:
        _places.release()


_known: dict[str, Provider] = {}


def provider() -> Provider:
    """The configured one, with what this process keeps of it."""
    return _known.setdefault(settings.OIDC_ISSUER, Provider(settings.OIDC_ISSUER))


def forget() -> None:
    """Nothing is kept of any provider any more."""
    _known.clear()


def allowed_origins() -> frozenset[str]:
    """The issuer's own, and those of OIDC_HOSTS."""
    return frozenset(origin(url) for url in (settings.OIDC_ISSUER, *settings.OIDC_HOSTS))


def back_address() -> str:
    """Where the provider sends people back to; it is registered there, letter by letter."""
    return str(settings.ORIGINS[0]).rstrip("/") + BACK


def _fetched(url: str) -> dict[str, Any]:
    with _Place(), httpx2.Client(transport=Fence(allowed_origins()), timeout=CONNECT_SECONDS) as client:
        try:
            said = client.get(url).raise_for_status().json()
        except (httpx2.HTTPError, ValueError, RecursionError) as exc:
            raise ProviderAway(code="provider_unread") from exc
    if not isinstance(said, dict):
        raise ProviderAway(code="provider_unread")
    return said


def _key_set(said: dict[str, Any]) -> KeySet:
    # A set may hold keys of kinds that are not known here; they are left out, the others serve.
    # A symmetric key has no place in a public set: it would let whoever reads the set sign.
    usable = [key for key in said.get("keys", []) if isinstance(key, dict) and key.get("kty") in {"RSA", "EC", "OKP"}]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as exc:
        raise ProviderAway(code="keys_unread") from exc


def _client() -> Any:
    return OAuth2Client(
        client_id=settings.OIDC_CLIENT_ID,
        client_secret=Path(settings.OIDC_CLIENT_SECRET_FILE).read_text().strip(),
        token_endpoint_auth_method=settings.OIDC_CLIENT_AUTH,
        scope=SCOPE,
        redirect_uri=back_address(),
        code_challenge_method="S256",
        transport=Fence(allowed_origins()),
        timeout=CONNECT_SECONDS,
    )
