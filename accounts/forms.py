"""The forms of this room, and how what a service refuses is said beside the field it is about."""

from django import forms
from django.utils.translation import gettext_lazy as _

from live.refusals import Refusal


def say_at_fields(form: forms.Form, refusal: Refusal) -> None:
    """Each word of the refusal stands at its field; above the form what is about a field that it has not."""
    for name, words in getattr(refusal, "fields", {}).items():
        form.add_error(name if name in form.fields else None, words)


class SignInForm(forms.Form):
    """E-mail address and password. What is wrong with them is never told apart."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "username", "inputmode": "email"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The present password and the new one, as they were typed. Nothing hinders pasting or a password manager."""

    present = forms.CharField(
        label=_("Present password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )


class FirstPasswordForm(forms.Form):
    """A password of one's own in place of the one that was given; the ticket says who has just shown that one."""

    ticket = forms.CharField(max_length=1024, widget=forms.HiddenInput)
    new = forms.CharField(
        label=_("Your own password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input", "autocomplete": "new-password"}),
    )
