"""Who a patient is: registering by hand, correcting, and searching."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from handover.patients.documents import Identity
from handover.patients.forms.fields import DateField, LineField, OneOfField

_SEXES = [("female", _("Female")), ("male", _("Male")), ("other", _("Other")), ("unknown", _("Not known"))]
_FIELDS = ("family", "given", "birth_date", "sex", "record_number", "phone")


class IdentityForm(forms.Form):
    """A patient's identity. Somebody who cannot say their name is registered by record number alone."""

    record_number = LineField(_("Record number"), is_required=True, help_text=_("From the wristband or the label."))
    family = LineField(_("Family name"), help_text=_("Leave empty if nobody knows it."))
    given = LineField(_("Given name"))
    birth_date = DateField(_("Born"), help_text=_("As much of the date as is known."))
    sex = OneOfField(_("Sex"), _SEXES, initial="unknown")
    phone = LineField(_("Phone"), inputmode="tel")

    def __init__(self, data: Any = None, *, before: Identity | None = None) -> None:
        self.before = before
        initial = {name: getattr(before, name) for name in _FIELDS} if before else None
        super().__init__(data, initial=initial, use_required_attribute=False)

    def identity(self) -> Identity:
        """The identity as typed; what is not on the form (other identifiers) stays. Only after is_valid()."""
        said = {name: self.cleaned_data[name] for name in _FIELDS if self.before is None or name in self.changed_data}
        said["sex"] = self.cleaned_data["sex"] or "unknown"
        before = self.before.model_dump() if self.before else {}
        return Identity.model_validate({**before, **said})


class RegisterForm(IdentityForm):
    """A new patient, in one of the units that the person works in."""

    unit = forms.ChoiceField(label=_("Unit"), widget=forms.Select({"class": "input"}))
    bed = LineField(_("Bed"))
    field_order = ("unit", "bed", "record_number", "family", "given", "birth_date", "sex", "phone")

    def __init__(self, data: Any = None, *, units: Sequence[Unit] = (), unit: Unit | None = None) -> None:
        super().__init__(data)
        self.units = {str(each.pk): each for each in units}
        field = self.fields["unit"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(key, each.name) for key, each in self.units.items()]
        if unit is not None:
            self.initial["unit"] = str(unit.pk)

    def chosen_unit(self) -> Unit:
        """The unit that was chosen. Only after is_valid()."""
        return self.units[self.cleaned_data["unit"]]


class SearchForm(forms.Form):
    """A record number, or a family name with a birth date: never a name alone, which would list strangers."""

    record_number = LineField(_("Record number"), help_text=_("Spaces do not matter."))
    family = LineField(_("Family name"))
    birth_date = DateField(_("Born"), is_whole=True)

    def clean(self) -> dict[str, Any]:
        """One of the two ways to ask, whole."""
        cleaned = super().clean() or self.cleaned_data
        has_both = bool(cleaned.get("family") and cleaned.get("birth_date"))
        if not self.errors and not cleaned.get("record_number") and not has_both:
            raise ValidationError(_("Enter a record number, or a family name with a date of birth."), code="not_enough")
        return cleaned
