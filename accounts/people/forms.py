"""The forms of this room."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit

_INPUT = {"class": "input", "autocomplete": "off"}


class InviteForm(forms.Form):
    """Who comes, as what, where, and until when. A phone number instead of the e-mail: the link is shown to pass on."""

    display_name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(_INPUT))
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("They sign in with it."),
        widget=forms.EmailInput({**_INPUT, "inputmode": "email"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("With a number, you get the link to pass on, and no e-mail is sent."),
        widget=forms.TextInput({**_INPUT, "inputmode": "tel"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.Select({"class": "input"}))
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=Unit.objects.order_by("name"),
        required=False,
        empty_label=_("No unit"),
        widget=forms.Select({"class": "input"}),
    )
    works_until = forms.DateTimeField(
        label=_("Works here until"),
        required=False,
        help_text=_("For a locum or a student. Then they are signed out, and their account is closed, by itself."),
        widget=forms.DateTimeInput({**_INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, use_required_attribute=False)

    def until(self) -> datetime | None:
        """The end as it was typed, in the ward's zone. Only after is_valid()."""
        found: datetime | None = self.cleaned_data["works_until"]
        return found


class ReturnForm(forms.Form):
    """Until when somebody works here who comes back; empty for one who stays."""

    works_until = forms.DateTimeField(required=False)


class JoinForm(forms.Form):
    """A password of one's own."""

    new = forms.CharField(
        label=_("Your own password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )
