"""Emergency access: whom, exactly; why, by a code and in words."""

from django import forms
from django.utils.translation import gettext_lazy as _

from handover.patients.forms.fields import DateField, LineField, OneOfField, TextField
from handover.patients.models import SHORTEST_REASON, BreakGlass


class EmergencyForm(forms.Form):
    """Two identifiers from the wristband, and the reason. A name is not asked for: it would be a search."""

    record_number = LineField(_("Record number"), is_required=True, help_text=_("From the wristband or the label."))
    birth_date = DateField(_("Born"), is_whole=True, is_required=True)
    code = OneOfField(_("Why"), BreakGlass.Code.choices, is_required=True, layout="one")
    words = TextField(
        _("In your words"),
        is_required=True,
        help_text=_("At least ten characters. The compliance office reads it. Do not name the patient."),
    )

    def clean_words(self) -> str:
        """Enough of them to be judged by."""
        words = str(self.cleaned_data["words"]).strip()
        if len(words) < SHORTEST_REASON:
            raise forms.ValidationError(_("Say it in at least ten characters."))
        return words


class CardForm(forms.Form):
    """The two identifiers that a caller says."""

    record_number = LineField(_("Record number"), is_required=True)
    birth_date = DateField(_("Born"), is_whole=True, is_required=True)


class AnswerForm(forms.Form):
    """What the person says to the officer's question."""

    answer = TextField(_("Your answer"), is_required=True)
