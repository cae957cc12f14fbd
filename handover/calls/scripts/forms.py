"""What is filled in for a script, and for its next version."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from handover.calls.scripts.models import LONGEST_NAME, LONGEST_TEXT, Script
from handover.calls.scripts.services import NewScript, Wording

_INPUT = {"class": "input", "autocomplete": "off"}
# What a new one is good for, unless somebody says otherwise.
USUAL = timedelta(days=180)
_YEAR = timedelta(days=365)


class WordingForm(forms.Form):
    """The words, and the last day on which they are good."""

    text = forms.CharField(
        label=_("Words to say"),
        max_length=LONGEST_TEXT,
        help_text=_("No names, nothing of a patient: this is house text, and it is stored readable."),
        widget=forms.Textarea({**_INPUT, "rows": 5}),
    )
    valid_until = forms.DateField(
        label=_("Good until"),
        help_text=_("The last day, a year ahead at the latest. Nobody can use it after that."),
        widget=forms.DateInput({**_INPUT, "type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        today = timezone.localdate()
        initial = {"valid_until": today + USUAL, **more.pop("initial", {})}
        super().__init__(data, initial=initial, use_required_attribute=False, **more)
        bounds = {"min": today.isoformat(), "max": (today + _YEAR).isoformat()}
        self.fields["valid_until"].widget.attrs.update(bounds)

    def wording(self) -> Wording:
        """What was filled in. Only after is_valid()."""
        return Wording(self.cleaned_data["text"], end_of(self.cleaned_data["valid_until"]))


class ScriptForm(WordingForm):
    """What the words are for, in which language, and the words."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Script.Kind.choices, widget=forms.Select(_INPUT))
    reason = forms.ChoiceField(
        label=_("For calls about"),
        choices=[("", _("every reason")), *Script.Reason.choices],
        required=False,
        widget=forms.Select(_INPUT),
    )
    language = forms.CharField(
        label=_("Language"),
        max_length=16,
        initial="en",
        help_text=_("By its tag: en, es, es-MX, zh-Hant."),
        widget=forms.TextInput(_INPUT),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("By which agents find it: Chest pain, first question."),
        widget=forms.TextInput(_INPUT),
    )
    field_order = ["kind", "reason", "language", "name", "text", "valid_until"]

    def new(self) -> NewScript:
        """What was filled in. Only after is_valid()."""
        found = self.cleaned_data
        return NewScript(found["kind"], found["reason"], found["language"], found["name"])


def end_of(day: date) -> datetime:
    """The end of that day by the ward's clock; of a day beyond the calendar its beginning."""
    follows = day + timedelta(days=1) if day < date.max else day
    return timezone.make_aware(datetime.combine(follows, time()))
