"""The forms of the review: the mark of an officer, and the four factors."""

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.review.models import PatientMark
from audit.review.services import WORDS

_TEXT = {"class": "input", "autocomplete": "off"}


class MarkForm(forms.Form):
    """A patient by record number, what they are marked as, who of the staff, and how the officer knows."""

    record_number = forms.CharField(label=_("Record number"), max_length=64, widget=forms.TextInput(attrs=_TEXT))
    kind = forms.ChoiceField(
        label=_("Marked as"), choices=PatientMark.Kind.choices, widget=forms.Select(attrs={"class": "input"})
    )
    staff = forms.CharField(
        label=_("Who of the staff, by name or e-mail"),
        help_text=_("Only for a patient who works here."),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs=_TEXT),
    )
    why = forms.CharField(
        label=_("How you know it"), max_length=WORDS, widget=forms.Textarea(attrs={"class": "input", "rows": 2})
    )


class WorksheetForm(forms.Form):
    """The four factors of 45 CFR 164.402(2)."""

    nature = forms.CharField(
        label=_("1. What kind of information, and how much of it"),
        required=False,
        max_length=WORDS * 2,
        widget=forms.Textarea(attrs={"class": "input", "rows": 5}),
    )
    who = forms.CharField(
        label=_("2. Who saw it, or was given it"),
        required=False,
        max_length=WORDS * 2,
        widget=forms.Textarea(attrs={"class": "input", "rows": 4}),
    )
    acquired = forms.CharField(
        label=_("3. Whether it was really acquired or viewed"),
        required=False,
        max_length=WORDS * 2,
        widget=forms.Textarea(attrs={"class": "input", "rows": 3}),
    )
    mitigated = forms.CharField(
        label=_("4. How far the risk has been mitigated"),
        required=False,
        max_length=WORDS * 2,
        widget=forms.Textarea(attrs={"class": "input", "rows": 3}),
    )
