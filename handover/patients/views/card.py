"""The call agent's card: two identifiers asked, and the card on the same page. No address ever names the patient."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, signed_in
from handover.patients.card import Card, card_for
from handover.patients.forms.emergency import CardForm
from handover.patients.views.answers import form_again, refusal_of

_PAGE = "patients/card.html"


@sensitive_post_parameters("record_number", "birth_date")
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: SignedInRequest) -> HttpResponse:
    """The form; posted, the card of whoever has both identifiers."""
    if request.method != "POST":
        return render(request, _PAGE, {"form": CardForm()})
    form = CardForm(request.POST)
    if not form.is_valid():
        return form_again(request, _PAGE, {}, form=form)
    found: list[Card] = []
    refusal = refusal_of(request, lambda: found.append(card_for(request.actor, **form.cleaned_data)))
    if refusal:
        return form_again(request, _PAGE, {}, form=form, refusal=refusal)
    return render(request, _PAGE, {"form": CardForm(), "card": found[0], "is_told": True})
