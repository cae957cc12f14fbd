"""The officer's page of the log's integrity: how it stands, one button to verify now, and a checkpoint to print."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import SignedInRequest, signed_in
from accounts.actors import PURPOSE
from accounts.answers import SeeOther
from accounts.squares import squares_of
from audit.integrity import Integrity, findings, integrity
from audit.outgoing.selectors import feed_state
from audit.selectors import require_officer
from ledger import published, verifications
from ledger.notes import key_of, vkey_of
from ledger.services import record, record_refusal
from ledger.witnessing import cosigned
from live.refusals import Conflict
from vault.errors import VaultError
from vault.signing import log_key

MOST_IN_A_CODE = 1500  # bytes: beyond it the squares are too small for a camera, on paper as on a screen


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedInRequest) -> HttpResponse:
    """How the log stands; a POST begins a verification of all of it."""
    refusal: Conflict | None = None
    if request.method == "POST":
        require_officer(request.actor)
        try:
            verifications.begin(request.actor.agent, by=request.actor.person.pk)
            return SeeOther(reverse("audit:integrity"))
        except Conflict as exc:
            record_refusal(exc, agent=request.actor.agent)
            refusal = exc
    facts = integrity(request.actor)
    context = {**_shown(facts), "refusal": refusal, "feed": feed_state(request.actor)}
    return render(request, "audit/integrity.html", context, status=refusal.status if refusal else 200)


@signed_in
@require_GET
def progress(request: SignedInRequest) -> HttpResponse:
    """The part of the page that changes while somebody verifies. The page asks for it each second."""
    return render(request, "audit/_integrity.html", _shown(integrity(request.actor, is_recorded=False)))


def _shown(facts: Integrity) -> dict[str, Any]:
    found = findings(facts)
    return {"facts": facts, "first": found[0], "others": found[1:], "note": _note(facts), "vkey": _vkey()}


def _note(facts: Integrity) -> str:
    return cosigned(facts.checkpoint) if facts.checkpoint else ""


def _vkey() -> str:
    try:
        return vkey_of(key_of(log_key()))
    except VaultError:
        return ""


@signed_in
@require_GET
def checkpoint(request: SignedInRequest) -> HttpResponse:
    """The newest checkpoint to print: the note, and the same as a code that a camera reads. Raises NotFound."""
    require_officer(request.actor)
    newest = published.newest_checkpoint()
    record("audit.checkpoint_printed", agent=request.actor.agent, detail={"size": newest.size}, purpose=PURPOSE)
    note = cosigned(newest)
    # With very many witnesses the log's own signature alone: what a code holds is bounded.
    coded = note if len(note.encode()) <= MOST_IN_A_CODE else newest.note
    context = {"newest": newest, "note": note, "squares": squares_of(coded), "vkey": _vkey()}
    return render(request, "audit/checkpoint.html", context)
