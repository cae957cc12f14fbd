"""The forms of disclosures: the days of an accounting, what is written down by hand, and an agency's statement."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.disclosures.bases import EXEMPT, GROUNDS, Basis
from audit.disclosures.models import Suspension
from audit.forms import VisibleField

_ATTRS = {"class": "input", "autocomplete": "off"}


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={**_ATTRS, "type": "date"}, format="%Y-%m-%d")
    wrong = gettext_lazy("Write a day, as in 2026-11-29.")
    messages = {"invalid": wrong, "required": gettext_lazy("Choose the day.")}
    return forms.DateField(
        label=label, required=required, widget=widget, input_formats=["%Y-%m-%d"], error_messages=messages,
        help_text=help_text,
    )  # fmt: skip


def _line(label: Any, *, help_text: Any = "", rows: int = 0) -> VisibleField:
    # What is missing or too long the act says in words: a browser would cut what is pasted.
    widget = forms.Textarea(attrs={**_ATTRS, "rows": rows}) if rows else forms.TextInput(attrs=_ATTRS)
    return VisibleField(label=label, required=False, help_text=help_text, widget=widget)


class SpanForm(forms.Form):
    """From which day until which, both inclusive; empty for all six years."""

    since = _day(gettext_lazy("From"), required=False)
    until = _day(gettext_lazy("Until"), required=False)

    def clean(self) -> dict[str, Any]:
        """Raises for days that are the wrong way round."""
        told = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError(_("This is before the beginning. Change one of the two.")))
        return told


class DisclosureForm(forms.Form):
    """A disclosure that was made outside this product. Source of what is asked: 45 CFR 164.528(b)(2)."""

    made_on = _day(gettext_lazy("Day it was given"))
    recipient = _line(
        gettext_lazy("To whom"),
        help_text=gettext_lazy("The name of the person or office, as the patient will read it."),
    )
    address = _line(gettext_lazy("Address, if it is known"), rows=2)
    basis = forms.ChoiceField(
        label=gettext_lazy("Why it was allowed"), required=False, widget=forms.Select(attrs=_ATTRS)
    )
    what = _line(
        gettext_lazy("What was given, in a sentence"),
        help_text=gettext_lazy("Such as: the discharge letter of 3 May. No findings."),
        rows=2,
    )
    purpose = _line(
        gettext_lazy("What it was for, in a sentence"),
        help_text=gettext_lazy("Such as: subpoena of the District Court, case 24-117."),
        rows=2,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["basis"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
        told = [basis for basis in Basis if basis not in EXEMPT]
        field.choices = [
            ("", _("Choose")),
            (_("The patient is told"), [(basis.value, _with_law(basis)) for basis in told]),
            (_("In no accounting"), [(basis.value, _with_law(basis)) for basis in Basis if basis in EXEMPT]),
        ]


class SilenceForm(forms.Form):
    """An agency's statement that telling the patient would impede it. Source: 45 CFR 164.528(a)(2)."""

    form = forms.ChoiceField(
        label=gettext_lazy("How it was said"), choices=Suspension.Form.choices, widget=forms.Select(attrs=_ATTRS)
    )
    stated_on = _day(gettext_lazy("Day it was said"))
    until = _day(gettext_lazy("Last day on which the patient is not told"))
    said_by = _line(gettext_lazy("Who said it, with the office"))


def _with_law(basis: Basis) -> str:
    return f"{basis.label} ({GROUNDS[basis].law})"
