"""Making, ending and knowing the token of a directory: 256 random bits, good for SCIM alone and for ninety days."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.actors import PURPOSE, Actor
from accounts.models import Person, Role
from accounts.scim.models import Token
from ledger.agents import Entity
from ledger.services import record
from live.refusals import Denied, Refusal

LASTS = timedelta(days=90)
TOKEN_BYTES = 32
DEVICE = "SCIM"


class NoToken(Refusal):
    """No token, or one that is unknown, old or ended, or of somebody who administers no more: one answer for all."""

    status = 401
    code = "scim_token"
    message = "This token is not valid. Have an operator make a new one."


@transaction.atomic
def make_token(answerable: Person) -> tuple[Token, str]:
    """The token and its text, which is shown this once. Raises Denied unless an active administrator answers for it."""
    if answerable.role != Role.ADMINISTRATOR or not answerable.is_active:
        raise Denied("Only an active administrator can answer for a token.", act="scim.token_made")
    text, now = secrets.token_urlsafe(TOKEN_BYTES), timezone.now()
    token = Token.objects.create(digest=_digest(text), answerable=answerable, made=now, expires=now + LASTS)
    record("scim.token_made", agent=None, entity=Entity("scim_token", token.pk), purpose=PURPOSE)
    return token, text


@transaction.atomic
def end_tokens(answerable: Person) -> int:
    """How many tokens that this administrator answers for have ended now."""
    ids = list(Token.objects.filter(answerable=answerable, ended__isnull=True).values_list("pk", flat=True))
    Token.objects.filter(pk__in=ids).update(ended=timezone.now())
    for token_id in ids:
        record("scim.token_ended", agent=None, entity=Entity("scim_token", token_id), purpose=PURPOSE)
    return len(ids)


def actor_of_token(request: HttpRequest) -> Actor:
    """Who acts by the request's bearer token: the administrator who answers for it. Raises NoToken."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text:
        raise NoToken
    found = Token.objects.filter(digest=_digest(text.strip()), ended__isnull=True, expires__gt=timezone.now())
    token = found.select_related("answerable").first()
    if token is None or not token.answerable.is_active or token.answerable.role != Role.ADMINISTRATOR:
        raise NoToken(subject_id=token.pk if token else None)
    return Actor(person=token.answerable, device=DEVICE, request_id=getattr(request, "request_id", ""))


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
