"""The officer's search. Words are looked up here and become ids; see audit/searches.py for why."""

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.wording import OUTCOMES


class SearchForm(forms.Form):
    """A patient, a person, a day, an outcome: any of them, or none for the whole record."""

    record_number = forms.CharField(
        label=_("Record number"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    person = forms.CharField(
        label=_("Name or e-mail"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"class": "input", "type": "date"}, format="%Y-%m-%d"),
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("All")), *OUTCOMES.items()],
        widget=forms.Select(attrs={"class": "input"}),
    )
