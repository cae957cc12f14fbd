"""How these pages answer a form: where to go when it was done, and the form again, as typed, when it was not."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.access import SignedInRequest
from ledger.services import record_refusal
from live.refusals import Conflict, Invalid, Refusal


def wants_json(request: SignedInRequest) -> bool:
    """Whether a script of the page sent the form; it keeps what was typed by itself."""
    return "application/json" in request.headers.get("Accept", "")


def refusal_of(request: SignedInRequest, act: Callable[[], object]) -> Refusal | None:
    """Does the act. Without a script, the refusal that the form can be shown again for; it is on the record.

    With a script, and for every other refusal, config/errors.py answers: the form is still on the screen.
    """
    try:
        act()
    except (Invalid, Conflict) as refusal:
        if wants_json(request):
            raise
        record_refusal(refusal, agent=request.actor.agent)
        return refusal
    return None


def form_again(
    request: SignedInRequest,
    template: str,
    context: dict[str, Any],
    *,
    form: forms.Form,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """The form with everything that was typed and the words of what is wrong: 422, or the status of the refusal."""
    if isinstance(refusal, Invalid):
        for name, words in refusal.fields.items():
            form.add_error(name if name in form.fields else None, words)
    if wants_json(request):
        body = {"ok": False, "code": "invalid", "message": _(Invalid.message), "fields": _field_words(form)}
        return JsonResponse(body, status=Invalid.status)
    shown = {**context, "form": form, "refusal": refusal}
    return render(request, template, shown, status=refusal.status if refusal else Invalid.status)


def _field_words(form: forms.Form) -> dict[str, str]:
    """What is wrong with each field, by the name of its first control; "form" for the form as a whole."""
    words = {}
    for name, errors in form.errors.items():
        field = form.fields.get(name)
        widget = field.widget if field else None
        if name == NON_FIELD_ERRORS:
            name = "form"
        elif isinstance(widget, forms.MultiWidget):
            name = name + getattr(widget, "widgets_names", [""])[0]
        words[name] = " ".join(str(error) for error in errors)
    return words
