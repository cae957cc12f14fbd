"""The agent's list of words, used and judged by keyboard; and the owners' pages: list, write, versions, renew."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, wanted_page, wants_json
from accounts.forms import say_at_fields
from accounts.models import Role
from handover.calls.scripts import selectors, services
from handover.calls.scripts.forms import ScriptForm, WordingForm
from handover.calls.scripts.models import Judgement, Script
from ledger.services import record_refusal
from live.clock import database_now
from live.refusals import Conflict, Invalid, NotFound, Refusal


@require_GET
@signed_in
def offer(request: SignedInRequest) -> HttpResponse:
    """What may be said in a call ?about= a reason, ?in= a language; above it what was used last, to be judged."""
    at = database_now()
    reason, language = request.GET.get("about", ""), request.GET.get("in", "")
    reason = reason if reason in Script.Reason.values else ""
    found = selectors.offered(reason=reason, language=language[:16], at=at)
    context = {
        "kinds": [
            (label, [words for words in found if words.script.kind == value]) for value, label in Script.Kind.choices
        ],
        "found": found,
        "reasons": Script.Reason.choices,
        "languages": selectors.languages(),
        "reason": reason,
        "wanted": language,
        "here": f"{request.path}?{urlencode({'about': reason, 'in': language})}",
        "uses": selectors.uses_of(request.actor.person.pk, at=at),
        "hows": Judgement.How.choices,
        "just_used": request.GET.get("used", ""),
    }
    return render(request, "scripts/list.html", context)


@signed_in
@require_POST
def use(request: SignedInRequest, wording_id: UUID) -> HttpResponse:
    """The agent says these words now: the list again, with the question how it went."""
    row = services.use(request.actor, key=posted_key(request), version_id=wording_id)
    here = wanted_page(request, otherwise=reverse("scripts:list"))
    return done(request, f"{here}{'&' if '?' in here else '?'}{urlencode({'used': str(row.pk)})}")


@signed_in
@require_POST
def went(request: SignedInRequest, use_id: UUID) -> HttpResponse:
    """How it went."""
    services.say_how_it_went(request.actor, key=posted_key(request), use_id=use_id, how=request.POST.get("how", ""))
    messages.success(request, _("Kept. It counts in the order of the list."))
    return done(request, wanted_page(request, otherwise=reverse("scripts:list")))


@require_GET
@signed_in
def kept(request: SignedInRequest) -> HttpResponse:
    """Every script for whoever keeps them: what runs out first, with one tap to renew it."""
    services.require_keeper(request.actor.person, at=database_now())
    found = selectors.kept(at=database_now())
    context = {
        "ending": [words for words in found if words.runs_out],
        "others": [words for words in found if not words.runs_out],
        "is_administrator": request.actor.person.role == Role.ADMINISTRATOR,
    }
    return render(request, "scripts/kept.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: SignedInRequest) -> HttpResponse:
    """A new script."""
    services.require_keeper(request.actor.person, at=database_now())
    form = ScriptForm(request.POST if request.method == "POST" else None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            key = posted_key(request)
            row = services.write_script(request.actor, key=key, new=form.new(), wording=form.wording())
        except Invalid as found:
            refusal = _kept_words(request, form, found)
        else:
            messages.success(request, _("Agents can use it from now on."))
            return done(request, reverse("scripts:script", args=[row.pk]))
    return render(request, "scripts/write.html", {"form": form, "refusal": refusal}, status=_status(form, refusal))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def script(request: SignedInRequest, script_id: UUID) -> HttpResponse:
    """A script with its versions; posted, the next one. Whoever comes too late keeps what they wrote, beside it."""
    services.require_keeper(request.actor.person, at=database_now())
    form: WordingForm | None = None
    refusal: Refusal | None = None
    if request.method == "POST":
        form = WordingForm(request.POST)
        if form.is_valid():
            key, seen = posted_key(request), _seen(request)
            try:
                services.write_version(request.actor, key=key, script_id=script_id, seen=seen, wording=form.wording())
            except (Invalid, Conflict) as found:
                refusal = _kept_words(request, form, found)
            else:
                messages.success(request, _("These words count from now on."))
                return done(request, reverse("scripts:script", args=[script_id]))
    context = _context(request, script_id, form, refusal)
    return render(request, "scripts/script.html", context, status=_status(form, refusal))


@signed_in
@require_POST
def renew(request: SignedInRequest, script_id: UUID) -> HttpResponse:
    """The same words for as long again."""
    services.require_keeper(request.actor.person, at=database_now())
    services.renew(request.actor, key=posted_key(request), script_id=script_id, seen=_seen(request))
    messages.success(request, _("Renewed: the same words, for as long as before."))
    return done(request, wanted_page(request, otherwise=reverse("scripts:kept")))


@signed_in
@require_POST
def owner(request: SignedInRequest, script_id: UUID) -> HttpResponse:
    """Somebody else answers for it."""
    services.require_keeper(request.actor.person, at=database_now())
    try:
        to_id = UUID(request.POST.get("to", ""))
    except ValueError as exc:
        raise Invalid(_("Choose who answers for it from now on."), act=services.HANDED_OVER) from exc
    services.hand_over_ownership(request.actor, key=posted_key(request), script_id=script_id, to_id=to_id)
    messages.success(request, _("They answer for it from now on."))
    return done(request, reverse("scripts:kept"))


@signed_in
@require_POST
def withdraw(request: SignedInRequest, script_id: UUID) -> HttpResponse:
    """Nobody uses it any more."""
    services.require_keeper(request.actor.person, at=database_now())
    services.withdraw(request.actor, key=posted_key(request), script_id=script_id)
    messages.success(request, _("Withdrawn: agents do not see it any more."))
    return done(request, reverse("scripts:kept"))


def _kept_words(request: SignedInRequest, form: WordingForm, refusal: Refusal) -> Refusal:
    """The refusal, said in the form that was sent; a script of the page gets it as it is."""
    if wants_json(request):
        raise refusal
    record_refusal(refusal, agent=request.actor.agent)
    say_at_fields(form, refusal)
    return refusal


def _seen(request: SignedInRequest) -> int:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < len(str(2**31)) else 0


def _status(form: WordingForm | None, refusal: Refusal | None) -> int:
    if refusal is not None:
        return refusal.status
    return 422 if form is not None and form.is_bound else 200


def _context(
    request: SignedInRequest, script_id: UUID, form: WordingForm | None, refusal: Refusal | None
) -> dict[str, Any]:
    at, me = database_now(), request.actor.person
    version = selectors.newest().filter(script=script_id).first()
    if version is None:
        raise NotFound(act=services.CHANGED, subject_id=script_id)
    row = version.script
    is_theirs = row.withdrawn is None and (row.owner_id == me.pk or me.role == Role.ADMINISTRATOR)
    return {
        "words": selectors.words_in([version], at=at)[0],
        "versions": selectors.history_of(script_id),
        "form": form or WordingForm(initial={"text": version.text}),
        "refusal": refusal,
        "is_theirs": is_theirs,
        "owners": selectors.who_may_own(at=at).exclude(pk=row.owner_id) if is_theirs else [],
    }
