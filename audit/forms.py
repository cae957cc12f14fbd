"""The officer's search. Words are looked up in audit/lookups.py and become ids; see audit/searches.py for why."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Unit
from accounts.visible import visible
from audit.acts import GROUPS, names_in
from audit.searches import DEVICE_CHARACTERS, NO_RELATIONSHIP
from audit.times import is_askable, quick_choices, span_of
from audit.wording import ACTS, OUTCOMES, RELATIONSHIPS

_LOCAL = "%Y-%m-%dT%H:%M"
_MORE = ("since", "until", "outcome", "relationship", "unit", "device", "address")


class VisibleField(forms.CharField):
    """Words as a person sees them: the search is for those (audit/visible.py).

    What was typed stays in the field as it was, on a page that asks for something to be changed.
    """

    def to_python(self, value: Any) -> str:
        return visible(super().to_python(value) or "")


def _words(label: Any, characters: int) -> VisibleField:
    widget = forms.TextInput(attrs={"class": "input", "autocomplete": "off"})
    field = VisibleField(label=label, required=False, max_length=characters, widget=widget)
    # The answer says that it is too long: a browser would cut what is pasted without a word.
    field.widget.attrs.pop("maxlength", None)
    return field


def _choice(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, widget=forms.Select(attrs={"class": "input"}))


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(
        attrs={"class": "input", "type": "datetime-local", "autocomplete": "off"}, format=_LOCAL
    )
    return forms.DateTimeField(label=label, required=False, widget=widget, input_formats=[_LOCAL])


class SearchForm(forms.Form):
    """Any of the filters, or none for the whole record. A chosen day or shift stands before the two times."""

    record_number = _words(gettext_lazy("Record number"), 64)
    person = _words(gettext_lazy("Name or e-mail"), 254)
    when = _choice(gettext_lazy("When"))
    act = _choice(gettext_lazy("What was done"))
    since = _moment(gettext_lazy("From"))
    until = _moment(gettext_lazy("Until"))
    outcome = _choice(gettext_lazy("Outcome"))
    relationship = _choice(gettext_lazy("By which relationship"))
    unit = _choice(gettext_lazy("Working in unit"))
    device = _words(gettext_lazy("Device"), DEVICE_CHARACTERS)
    address = forms.GenericIPAddressField(
        label=gettext_lazy("IP address"),
        required=False,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._now = timezone.now()
        choices: dict[str, list[Any]] = {
            "when": [("", _("Any time, or as below")), *quick_choices(self._now)],
            "act": [("", _("Anything")), *_act_choices()],
            "outcome": [("", _("All")), *OUTCOMES.items()],
            "relationship": [("", _("Any or none")), *RELATIONSHIPS.items(), (NO_RELATIONSHIP, _("None at all"))],
            "unit": [("", _("Any unit")), *((str(unit.pk), unit.name) for unit in units)],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- for the type checker
            field.choices = offered

    @property
    def more(self) -> list[forms.BoundField]:
        """The filters that are folded away while they are empty."""
        return [self[name] for name in _MORE]

    @property
    def has_more(self) -> bool:
        """Whether one of them is filled in, or wrong."""
        return any(self[name].value() or self[name].errors for name in _MORE)

    def clean(self) -> dict[str, Any]:
        """`since` and `until` as they are meant; `when` is used up by that."""
        told = super().clean() or {}
        if when := told.pop("when", ""):
            told["since"], told["until"] = span_of(when, self._now)
        since, until = told.get("since"), told.get("until")
        for name in ("since", "until"):
            if not is_askable(told.get(name)):
                self.add_error(name, ValidationError(_("The record holds no such year. Enter another one.")))
        if since and until and until <= since:
            self.add_error("until", ValidationError(_("This is before the beginning. Change one of the two.")))
        return told


def _act_choices() -> list[Any]:
    groups: list[Any] = []
    for group, (label, _beginnings) in GROUPS.items():
        if group == "reads":
            groups.append((group, label))
            continue
        every = (group, _("Any of these: %(group)s") % {"group": label})
        groups.append((label, [every, *((name, ACTS.get(name, name)) for name in names_in(group))]))
    return groups
