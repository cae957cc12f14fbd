"""The officer's page of retention. What two decide asks for a factor that was just shown; a hold or a stop does not."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.actors import Actor
from accounts.answers import SeeOther, posted_key, typed_words, uuid_or_none
from accounts.stepup import fresh_factor, keeping
from audit.retention import erasures, holds, policies
from audit.retention.models import LOG_YEARS, RECORD_YEARS, Policy
from audit.retention.selectors import overview
from audit.selectors import require_officer
from ledger.services import record_refusal
from live.refusals import Conflict, Denied, Invalid, NotFound

Typed = dict[str, str]
Act = Callable[[Actor, UUID, Typed], None]
TYPED = ("record_number", "case", "reason", "kind", "unit", "years", "row")
LONGEST = 4000
# What the form of a policy keeps in the address while a factor is shown: none of it is about anybody.
KEPT = ("kind", "unit", "years")


def _row(typed: Typed) -> UUID:
    row_id = uuid_or_none(typed["row"])
    if row_id is None:
        raise NotFound(act="retention.asked")
    return row_id


def _place(actor: Actor, key: UUID, typed: Typed) -> None:
    told = {name: typed[name] for name in ("record_number", "case", "reason")}
    holds.place(actor, key=key, **told)


def _ask(actor: Actor, key: UUID, typed: Typed) -> None:
    unit_id = uuid_or_none(typed["unit"])
    policies.ask(actor, key=key, kind=typed["kind"], unit_id=unit_id, years=typed["years"].strip())


# What one officer does alone: none of it takes anything away.
ALONE: dict[str, Act] = {
    "hold": _place,
    "drop_policy": lambda actor, key, typed: policies.drop(actor, key=key, row_id=_row(typed)),
    "drop_lifting": lambda actor, key, typed: holds.drop_lifting(actor, key=key, row_id=_row(typed)),
    "drop_erasure": lambda actor, key, typed: erasures.drop(actor, key=key, row_id=_row(typed)),
    "stop": lambda actor, key, typed: erasures.stop(actor, key=key, row_id=_row(typed)),
}
# What one asks for and another approves.
BY_TWO: dict[str, Act] = {
    "ask_policy": _ask,
    "approve_policy": lambda actor, key, typed: policies.approve(actor, key=key, row_id=_row(typed)),
    "ask_to_lift": lambda actor, key, typed: holds.ask_to_lift(actor, key=key, hold_id=_row(typed)),
    "lift": lambda actor, key, typed: holds.lift(actor, key=key, row_id=_row(typed)),
    "propose": lambda actor, key, typed: erasures.propose(actor, key=key, patient_id=_row(typed)),
    "approve_erasure": lambda actor, key, typed: erasures.approve(actor, key=key, row_id=_row(typed)),
}


@require_GET
@signed_in
def page(request: SignedInRequest) -> HttpResponse:
    """Policies, holds, who is due, and what is under way. The address may hold what was typed before a step-up."""
    return _page(request, typed={name: request.GET.get(name, "")[:LONGEST] for name in KEPT})


@sensitive_post_parameters("record_number", "case", "reason")
@require_POST
@signed_in
def act(request: SignedInRequest) -> HttpResponse:
    """A hold, a stop, or a request that is not wanted any more."""
    return _act(request, ALONE)


@require_POST
@signed_in
@fresh_factor
@keeping(*KEPT)
def decide(request: SignedInRequest) -> HttpResponse:
    """What needs a second officer: one asks, another approves."""
    return _act(request, BY_TWO)


def _act(request: SignedInRequest, acts: dict[str, Act]) -> HttpResponse:
    require_officer(request.actor)
    typed = {name: typed_words(request, name, most=LONGEST) for name in TYPED}
    named = acts.get(request.POST.get("act", ""))
    if named is None:
        raise NotFound(act="retention.asked")
    try:
        named(request.actor, posted_key(request), typed)
    except (Invalid, Conflict, Denied) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        return _page(request, refusal=refusal, typed=typed)
    messages.success(request, _("Done, and on record."))
    return SeeOther(reverse("audit:retention"))


def _page(
    request: SignedInRequest, *, refusal: Invalid | Conflict | Denied | None = None, typed: Typed | None = None
) -> HttpResponse:
    context = {
        "facts": overview(request.actor),
        "kinds": Policy.Kind.choices,
        "record_years": RECORD_YEARS,
        "log_years": LOG_YEARS,
        "refusal": refusal,
        "typed": typed or {},
    }
    return render(request, "audit/retention.html", context, status=refusal.status if refusal else 200)
