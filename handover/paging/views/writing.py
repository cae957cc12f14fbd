"""Writing a page: what is known is filled in, one looks it over, chooses whom and how soon, and sends."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import done, posted_key, uuid_or_none, wants_json
from handover.duty.instead import instead_of_each
from handover.paging import services
from handover.paging.forms import OTHER, TWO, PageForm, role_value
from handover.paging.models import PAGED_LEVELS, Page
from handover.paging.proposing import sbar_words
from handover.paging.quiet.selectors import notices_of
from handover.paging.rules import Level
from handover.paging.selectors import choices
from handover.paging.selectors.proposed import proposed_for
from handover.paging.wording import LEVELS
from handover.patients import selectors as patients
from handover.patients.mistaken import lookalikes_of
from handover.patients.selectors import PatientPage
from handover.transfers.views.common import refused_to_script
from ledger.services import record_refusal
from live.refusals import Invalid


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """The page about one patient, filled in from the summary; posted, it is on its way."""
    if request.method == "POST":
        return _send(request, patient_id)
    page = patients.patient_page(request.actor, patient_id)
    return _form(request, page, _prefilled(request, page))


@signed_in
@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """For which patient: one of one's own. The role that was asked for is kept."""
    now = timezone.now()
    role = uuid_or_none(request.GET.get("role", ""))
    rows = patients.patient_rows(request.actor, unit=None, at=now)
    return render(request, "paging/choose.html", {"rows": rows, "role": role, "at": now})


@signed_in
@require_POST
def decide(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    """Nobody is paged although the score proposes it, for a reason."""
    observed = uuid_or_none(request.POST.get("observed", "")) or patient_id
    services.decide_not_to_page(
        request.actor,
        key=posted_key(request),
        patient_id=patient_id,
        observed=observed,
        text=request.POST.get("text", ""),
    )
    return done(request, reverse("patients:page", args=[patient_id]))


def _send(request: SignedInRequest, patient_id: UUID) -> HttpResponse:
    form = PageForm.of(request.POST)
    try:
        _require_one(form, patient_id)
        page = services.send_page(request.actor, key=posted_key(request), patient_id=patient_id, wanted=form.wanted())
    except Invalid as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        if wants_json(request):
            return refused_to_script(refusal)
        form.errors = refusal.fields
        answer = _form(request, patients.patient_page(request.actor, patient_id), form)
        answer.status_code = refusal.status
        return answer
    return done(request, reverse("paging:page", args=[page.pk]))


def _require_one(form: PageForm, patient_id: UUID) -> None:
    """Raises Invalid where one receiver was chosen by a button and another in the list: nobody is to guess which."""
    if form.to == TWO:
        words = _("You chose one by its button and another in the list. Choose one.")
        raise Invalid(fields={"to": words}, code="two_receivers", act="paging.sent", patient_id=patient_id)


def _prefilled(request: SignedInRequest, page: PatientPage) -> PageForm:
    """What is known, at the level that the score proposes, to the role that was asked for or is near."""
    now, wanted = timezone.now(), request.GET.get("level", "")
    proposed = proposed_for(page.patient)
    default = proposed.level.value if proposed else Level.URGENT.value
    level = Level(wanted if wanted in PAGED_LEVELS else default)
    words = sbar_words(page.headline, page.summary, level=level, now=now)
    role = uuid_or_none(request.GET.get("role", ""))
    if role is None:
        near = choices.proposed_role(choices.near_choices(page.unit, at=now), but=request.actor.person.pk)
        role = near.pk if near else None
    return PageForm(
        level=level.value,
        to=role_value(role) if role else "",
        words={**words, "call_back": request.actor.person.phone or (page.unit.phone if page.unit else "")},
        cause=Page.Cause.NEWS2 if proposed else Page.Cause.BY_HAND,
    )


def _asked_for(form: PageForm, near: Sequence[choices.Choice]) -> UUID | None:
    """The role of the form, where it is none of those that have a button."""
    kind, _colon, id_ = form.to.partition(":")
    return uuid_or_none(id_) if kind == "role" and form.to not in {each.key for each in near} else None


def _form(request: SignedInRequest, page: PatientPage, form: PageForm) -> HttpResponse:
    now, me = timezone.now(), request.actor.person.pk
    near = choices.near_choices(page.unit, at=now, patient_id=page.patient.pk)
    people = choices.colleagues_of(page.patient.pk, but=me)
    others = choices.other_roles(page.unit, asked_for=_asked_for(form, near))
    instead = instead_of_each([each.pk for each in people], at=now)
    shown = {one.pk for each in near if (one := each.instead or each.person)} | {each.pk for each in people}
    context: dict[str, Any] = {
        "page": page,
        "alike": lookalikes_of(request.actor, page.patient.pk),
        "notices": notices_of(shown),
        "form": form,
        "levels": [{"value": each, "words": LEVELS[Level(each)]} for each in PAGED_LEVELS],
        "other": OTHER,
        "is_other": form.to in {role_value(each.pk) for each in others},
        "near": near,
        "others": [{"key": role_value(each.pk), "words": f"{each.name}, {each.unit.name}"} for each in others],
        "people": [
            {
                "key": f"person:{each.pk}",
                "id": each.pk,
                "name": each.display_name,
                "role": each.get_role_display(),
                "instead": instead[each.pk].person if each.pk in instead else None,
            }
            for each in people
        ],
    }
    return render(request, "paging/new.html", context)
