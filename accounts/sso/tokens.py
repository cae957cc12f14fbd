"""What a token must be before a word of it is believed. Sources: OpenID Connect Core 1.0, 3.1.3.7; Back-Channel Logout
1.0, 2.6; ASVS 5.0 V9.1, V9.2, V10.5.

The signature is checked by a key of the provider's own set and with an asymmetric algorithm of a fixed list: the token
does not choose. `none` and the symmetric ones are not on it, so that a public key is never taken for a secret.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from authlib.oidc.core import CodeIDToken
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError

from accounts.sso.provider import Provider
from accounts.sso.refusals import LogoutRefused, SignInRefused
from live.refusals import Refusal

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
# What joserfc raises for what is no good token, and Python for JSON that is none or is too deep.
_UNREADABLE = (JoseError, ValueError, TypeError, RecursionError)
LEEWAY_SECONDS = 60
LONGEST_TOKEN = 16 * 1024
LONGEST_NAME = 255
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# A logout is believed this long after it was said; the `jti` is kept for longer.
LOGOUT_SECONDS = 10 * 60


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for, and how they showed it."""

    subject: str
    sid: str
    email: str  # "" unless the provider has verified it
    has_two_factors: bool
    shown: datetime | None  # when they signed in there (aware UTC), where the provider says so


@dataclass(frozen=True)
class LoggedOut:
    """Whose sessions are over at the provider: of one `sid`, or all of a subject ("" when it is not said)."""

    subject: str
    sid: str
    jti: str


def vouched_by(provider: Provider, answer: dict[str, Any], *, nonce: str, asked: datetime, at: datetime) -> Vouched:
    """Whom the token answer is about. Raises SignInRefused with the code of the first thing that is wrong.

    `asked` is when the browser was sent away: where a fresh sign-in was demanded, an earlier one is not taken.
    """
    token = _signed(provider, answer.get("id_token"), SignInRefused)
    claims = _id_claims(provider, token, answer, nonce=nonce, at=at)
    if settings.OIDC_PROMPT == "login":
        _require_fresh(claims, asked)
    email = claims.get("email") if claims.get("email_verified") is True else ""
    return Vouched(
        subject=_name(claims, "sub", SignInRefused),
        sid=str(claims.get("sid") or "")[:LONGEST_NAME],
        email=str(email or "").strip().lower(),
        has_two_factors=_has_two_factors(claims),
        shown=_shown(claims, at),
    )


def logged_out_by(provider: Provider, raw: str, *, at: datetime) -> LoggedOut:
    """What the logout token says. Raises LogoutRefused with the code of the first thing that is wrong."""
    claims = _signed(provider, raw, LogoutRefused).claims
    now = at.timestamp()
    _require(claims.get("iss") == provider.issuer, "iss", LogoutRefused)
    _require(settings.OIDC_CLIENT_ID in _listed(claims.get("aud")), "aud", LogoutRefused)
    # An ID token has a nonce and a logout token never: one cannot be passed off as the other.
    _require("nonce" not in claims, "nonce", LogoutRefused)
    events = claims.get("events")
    _require(isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict), "events", LogoutRefused)
    _require(_is_number(claims.get("iat")), "iat", LogoutRefused)
    _require(now - LOGOUT_SECONDS <= claims["iat"] <= now + LEEWAY_SECONDS, "iat", LogoutRefused)
    _require(_is_number(claims.get("exp", now)) and claims.get("exp", now) > now - LEEWAY_SECONDS, "exp", LogoutRefused)
    subject, sid = (_optional(claims, name) for name in ("sub", "sid"))
    _require(bool(subject or sid), "whose", LogoutRefused)
    return LoggedOut(subject=subject, sid=sid, jti=_name(claims, "jti", LogoutRefused))


def _signed(provider: Provider, raw: object, refusal: type[Refusal]) -> jwt.Token:
    """The token, its signature checked; with fresh keys if it was signed with one that was not known."""
    if not isinstance(raw, str) or not 0 < len(raw) <= LONGEST_TOKEN:
        raise refusal(code="no_token")
    try:
        return jwt.decode(raw, provider.keys(), algorithms=ALGORITHMS)
    except _UNREADABLE:
        pass
    try:
        return jwt.decode(raw, provider.keys_anew(), algorithms=ALGORITHMS)
    except _UNREADABLE as exc:
        raise refusal(code="signature") from exc


def _id_claims(
    provider: Provider, token: jwt.Token, answer: dict[str, Any], *, nonce: str, at: datetime
) -> dict[str, Any]:
    params = {"nonce": nonce, "client_id": settings.OIDC_CLIENT_ID, "access_token": answer.get("access_token")}
    options = {"iss": {"essential": True, "value": provider.issuer}, "aud": {"value": settings.OIDC_CLIENT_ID}}
    claims = CodeIDToken(token.claims, token.header, options, params)
    try:
        claims.validate(now=int(at.timestamp()), leeway=LEEWAY_SECONDS)
    except JoseError as exc:
        raise SignInRefused(code=f"{getattr(exc, 'claim', '') or exc.error}"[:40]) from exc
    except (ValueError, TypeError, AttributeError) as exc:
        raise SignInRefused(code="claims") from exc
    return cast(dict[str, Any], claims)


def _require_fresh(claims: dict[str, Any], asked: datetime) -> None:
    """On a shared phone the provider may still know the colleague before: they must have signed in for this."""
    shown = claims.get("auth_time")
    _require(_is_number(shown), "no_auth_time", SignInRefused)
    _require(float(cast(float, shown)) >= asked.timestamp() - LEEWAY_SECONDS, "not_fresh", SignInRefused)


def _shown(claims: dict[str, Any], at: datetime) -> datetime | None:
    """`auth_time`, never later than now: a provider's clock makes no factor fresh for longer."""
    told = claims.get("auth_time")
    if not _is_number(told):
        return None
    return datetime.fromtimestamp(max(0.0, min(cast(float, told), at.timestamp())), UTC)


def _has_two_factors(claims: dict[str, Any]) -> bool:
    """The operator says which `acr` counts, and which `amr`; nothing counts by itself."""
    methods = set(_listed(claims.get("amr")))
    return claims.get("acr") in settings.OIDC_ACR_VALUES or bool(methods & set(settings.OIDC_AMR_VALUES))


def _name(claims: dict[str, Any], name: str, refusal: type[Refusal]) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME:
        raise refusal(code=name)
    return value


def _optional(claims: dict[str, Any], name: str) -> str:
    return _name(claims, name, LogoutRefused) if name in claims else ""


def _listed(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _require(holds: bool, code: str, refusal: type[Refusal]) -> None:
    if not holds:
        raise refusal(code=code)
