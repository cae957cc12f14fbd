"""The forms with which a unit's schedule is planned."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Role
from handover.duty.models import EITHER, PractitionerRole
from handover.duty.rules import MOST_PEOPLE
from handover.duty.services import NewRole, Planned

_INPUT = {"class": "input", "autocomplete": "off"}
_TIME = {**_INPUT, "type": "time"}
_DATE = {**_INPUT, "type": "date"}
WEEKDAYS = (
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
)
# So many places for people at first, and so many more each time that they are asked for.
PLACES = 6
MORE = 6


def _time(label: Any, *, required: bool = True, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(_TIME, format="%H:%M")
    return forms.TimeField(label=label, required=required, help_text=help_text, widget=widget)


class RoleForm(forms.Form):
    """A role of the unit: what it is called, who may hold it, and whether it may ever be empty."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(_INPUT))
    profession = forms.ChoiceField(
        label=_("Held by"),
        choices=[(EITHER, _("a nurse or a physician")), (Role.NURSE, _("a nurse")), (Role.PHYSICIAN, _("a physician"))],
        widget=forms.Select({"class": "input"}),
    )
    is_safety_critical = forms.BooleanField(label=_("Somebody must always hold it"), required=False)
    needed_from = _time(_("From"), required=False, help_text=_("Only where it is not needed at every hour."))
    needed_until = _time(_("Until"), required=False)
    is_lead = forms.BooleanField(label=_("Whoever holds it leads the unit and plans its duty"), required=False)
    is_outreach = forms.BooleanField(
        label=_("It comes to every unit here: called beside a page by one tap"), required=False
    )
    covered_by = forms.ModelChoiceField(
        label=_("When nobody holds it, reach"),
        queryset=PractitionerRole.objects.none(),
        required=False,
        empty_label=_("nobody"),
        widget=forms.Select({"class": "input"}),
    )

    def __init__(self, others: Sequence[PractitionerRole], data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)
        field: Any = self.fields["covered_by"]
        field.queryset = PractitionerRole.objects.filter(pk__in=[one.pk for one in others]).order_by("name")

    def new_role(self) -> NewRole:
        """What was filled in. Only after is_valid()."""
        found = self.cleaned_data
        other: PractitionerRole | None = found["covered_by"]
        kept = ("name", "profession", "is_safety_critical", "needed_from", "needed_until", "is_lead", "is_outreach")
        return NewRole(**{name: found[name] for name in kept}, covered_by=other.pk if other else None)


class _OfPeople(forms.Form):
    """A form in which one chooses among those who may hold the role."""

    def __init__(self, people: Sequence[Person], data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)
        _choose_among(self.fields, people)


def _choose_among(fields: Mapping[str, forms.Field], people: Sequence[Person]) -> None:
    chosen = [(str(person.pk), person.display_name) for person in people]
    for name, field in fields.items():
        if name.startswith("person"):
            one: Any = field
            one.choices = [("", _("Choose") if field.required else _("nobody")), *chosen]


def _places_in(typed: Any) -> int:
    """How many places a filled-in form had: six at least, and never more than a rotation holds."""
    numbers = [name.removeprefix("person_") for name in typed if name.startswith("person_")]
    return min(max([PLACES, *(int(each) for each in numbers if each.isdecimal() and len(each) < 4)]), MOST_PEOPLE)


def _person(label: Any, *, required: bool) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=required, widget=forms.Select({"class": "input"}))


class RotationForm(_OfPeople):
    """Hours that people hold in turn."""

    begins = _time(_("Begins at"))
    ends = _time(_("Ends at"), help_text=_("The same time means a whole day; an earlier one, the next morning."))
    first_day = forms.DateField(label=_("First day"), widget=forms.DateInput(_DATE, format="%Y-%m-%d"))
    last_day = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(_DATE, format="%Y-%m-%d"))
    turn_days = forms.IntegerField(
        label=_("Days a turn"),
        min_value=1,
        max_value=92,
        widget=forms.NumberInput({**_INPUT, "inputmode": "numeric"}),
    )
    weekdays = forms.MultipleChoiceField(
        label=_("On"), choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple({"class": "ticks"})
    )

    def __init__(self, people: Sequence[Person], data: Any = None, *, typed: Any = None) -> None:
        """`data` is to be taken. `typed` is what was filled in so far: shown again, with more places for people."""
        super().__init__(people, data)
        asked = data if data is not None else typed
        self.place_count = min(_places_in(asked or {}) + (MORE if typed is not None else 0), MOST_PEOPLE)
        for number in range(1, self.place_count + 1):
            field = _person(_("First") if number == 1 else _("Then"), required=number == 1)
            self.fields[f"person_{number}"] = field
        _choose_among(self.fields, people)
        start = {"begins": "07:00", "ends": "19:00", "first_day": timezone.localdate(), "turn_days": 7}
        self.initial = {**start, "weekdays": [value for value, _label in WEEKDAYS]}
        if typed is not None:
            names = {name: field.widget.value_from_datadict(typed, {}, name) for name, field in self.fields.items()}
            self.initial = names

    @property
    def may_have_more(self) -> bool:
        """Whether a rotation can hold more people than there are places."""
        return self.place_count < MOST_PEOPLE

    def planned(self) -> Planned:
        """What was filled in, by the ward's clock. Only after is_valid()."""
        found = self.cleaned_data
        chosen = [found[f"person_{number}"] for number in range(1, self.place_count + 1)]
        return Planned(
            zone=settings.TIME_ZONE,
            first_day=found["first_day"],
            last_day=found["last_day"],
            begins=found["begins"],
            ends=found["ends"],
            turn_days=found["turn_days"],
            weekdays=frozenset(int(day) for day in found["weekdays"]),
            people=[UUID(each) for each in chosen if each],
        )


class HolderForm(_OfPeople):
    """Who holds the role for a while, instead of whoever would."""

    person = _person(_("Who"), required=True)
    starts = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput({**_INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    ends = forms.DateTimeField(
        label=_("Until"), widget=forms.DateTimeInput({**_INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
