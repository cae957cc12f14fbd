"""The form of what a unit takes."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from handover.directory.models import LONGEST_NAME
from handover.directory.services import NewCapability
from handover.duty.models import PractitionerRole

_INPUT = {"class": "input", "autocomplete": "off"}


def _time(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput({**_INPUT, "type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, help_text=help_text, widget=widget)


class CapabilityForm(forms.Form):
    """What is taken, in which hours, and who is asked."""

    name = forms.CharField(
        label=_("What the unit takes"),
        max_length=LONGEST_NAME,
        help_text=_("As one would ask for it: stroke, ventilated patients, children."),
        widget=forms.TextInput(_INPUT),
    )
    hours_from = _time(_("From"), _("Only where it is not taken at every hour."))
    hours_until = _time(_("Until"))
    role = forms.ModelChoiceField(
        label=_("Who is asked"),
        queryset=PractitionerRole.objects.none(),
        required=False,
        empty_label=_("the unit's phone"),
        widget=forms.Select({"class": "input"}),
    )

    def __init__(self, roles: Sequence[PractitionerRole], data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)
        field: Any = self.fields["role"]
        field.queryset = PractitionerRole.objects.filter(pk__in=[one.pk for one in roles]).order_by("name")

    def new(self) -> NewCapability:
        """What was filled in. Only after is_valid()."""
        found = self.cleaned_data
        role: PractitionerRole | None = found["role"]
        return NewCapability(found["name"], found["hours_from"], found["hours_until"], role.pk if role else None)
