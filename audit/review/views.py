"""The pages of the review: the officer's day, one flag, a breach, the marks; and the answer to a question."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import SignedInRequest, signed_in
from accounts.answers import SeeOther, posted_key, typed_words
from accounts.forms import say_at_fields
from audit.review import breaches, marks, selectors, services
from audit.review.documents import Worksheet
from audit.review.forms import MarkForm, WorksheetForm
from audit.review.models import Flag, PatientMark
from audit.selectors import patients_with_record_number, people_by
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid


@signed_in
@require_GET
def flags(request: SignedInRequest) -> HttpResponse:
    """What waits for the officer today, the worst ten; all of it where the address says so."""
    is_whole = "all" in request.GET
    return render(
        request,
        "review/flags.html",
        {"queue": selectors.queue(request.actor, is_whole=is_whole), "is_whole": is_whole},
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: SignedInRequest, flag_id: UUID) -> HttpResponse:
    """One flag: why it is here, what is on record beside it, the question, the answer, the finding."""
    typed = {name: typed_words(request, name, most=services.WORDS) for name in ("question", "finding", "note")}
    refusal = None
    if request.method == "POST":
        refusal = _refused(request, lambda: _act(request, flag_id, typed))
        if refusal is None:
            is_breach = typed["finding"] == Flag.Finding.BREACH and request.POST.get("act") == "settle"
            return SeeOther(reverse("audit:breach" if is_breach else "audit:flag", args=[flag_id]))
    case = selectors.case_for(request.actor, flag_id)
    context = {
        "case": case,
        "flag": case.line.flag,
        "findings": Flag.Finding.choices,
        "typed": typed,
        "refusal": refusal,
    }
    return render(request, "review/flag.html", context, status=refusal.status if refusal else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def flag_answer(request: SignedInRequest, flag_id: UUID) -> HttpResponse:
    """The officer's question to this person: one tap answers it, words are free."""
    refusal = None
    if request.method == "POST":
        quick, words = request.POST.get("quick", ""), typed_words(request, "words", most=services.WORDS)
        refusal = _refused(
            request,
            lambda: services.answer(request.actor, key=posted_key(request), flag_id=flag_id, quick=quick, words=words),
        )
        if refusal is None:
            messages.success(request, _("Sent. The compliance office reads it."))
            return SeeOther(reverse("transfers:inbox"))
    context = {
        "case": selectors.own_case(request.actor, flag_id),
        "answers": Flag.Quick.choices,
        "words": typed_words(request, "words", most=services.WORDS),
        "refusal": refusal,
    }
    return render(request, "review/answer.html", context, status=refusal.status if refusal else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def breach(request: SignedInRequest, flag_id: UUID) -> HttpResponse:
    """What was seen, by whom and when; the four factors; and how many days are left. Made to be printed."""
    if request.method == "POST":
        form = WorksheetForm(request.POST)
        if form.is_valid():
            key, worksheet = posted_key(request), Worksheet(**form.cleaned_data)
            services.assess(request.actor, key=key, flag_id=flag_id, worksheet=worksheet)
            messages.success(request, _("Kept."))
            return SeeOther(reverse("audit:breach", args=[flag_id]))
    found = breaches.assessment(request.actor, flag_id)
    if request.method != "POST":
        form = WorksheetForm(initial=found.worksheet.model_dump() if found.worksheet else {})
    context = {"found": found, "flag": found.breach.flag, "form": form}
    return render(request, "review/breach.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters("record_number", "why")
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def patient_marks(request: SignedInRequest) -> HttpResponse:
    """Which patients work here or are known to the public, and the form to mark one more."""
    form = MarkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _mark(request, form)
            messages.success(request, _("Marked. From now on the rules know it."))
            return SeeOther(reverse("audit:marks"))
        except (Invalid, Conflict) as exc:
            record_refusal(exc, agent=request.actor.agent)
            say_at_fields(form, exc)
            if not getattr(exc, "fields", {}):
                form.add_error(None, str(exc))
    context = {"marks": selectors.marks(request.actor), "form": form}
    return render(request, "review/marks.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def mark_end(request: SignedInRequest, mark_id: UUID) -> HttpResponse:
    """A mark holds no longer."""
    marks.end_mark(request.actor, key=posted_key(request), mark_id=mark_id)
    messages.success(request, _("The mark has ended."))
    return SeeOther(reverse("audit:marks"))


def _act(request: SignedInRequest, flag_id: UUID, typed: dict[str, str]) -> None:
    key = posted_key(request)
    if request.POST.get("act") == "ask":
        services.ask(request.actor, key=key, flag_id=flag_id, question=typed["question"])
    else:
        services.settle(request.actor, key=key, flag_id=flag_id, finding=typed["finding"], note=typed["note"])


def _mark(request: SignedInRequest, form: MarkForm) -> None:
    told = form.cleaned_data
    patients = patients_with_record_number(request.actor, told["record_number"])
    if len(patients) != 1:
        words = _("No patient has this record number alone. Compare it with where you have it from.")
        raise Invalid(fields={"record_number": words}, act="mark.made")
    people = people_by(request.actor, told["staff"].strip()) if told["staff"].strip() else []
    if told["kind"] == PatientMark.Kind.STAFF and len(people) != 1:
        words = _("Nobody, or several, are called so. Write the e-mail address.")
        raise Invalid(fields={"staff": words}, act="mark.made")
    staff = people[0] if told["kind"] == PatientMark.Kind.STAFF else None
    key = posted_key(request)
    marks.mark_patient(request.actor, key=key, patient_id=patients[0], kind=told["kind"], staff=staff, why=told["why"])


def _refused(request: SignedInRequest, act: Callable[[], None]) -> Invalid | Conflict | None:
    try:
        act()
    except (Invalid, Conflict) as refusal:
        record_refusal(refusal, agent=request.actor.agent)
        return refusal
    return None
