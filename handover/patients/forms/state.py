"""Why a section is empty: one of four reasons, and a blank is none of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from handover.patients.documents import SectionState
from handover.patients.forms.fields import OneOfField
from handover.patients.sections import SectionSpec


class StateForm(forms.Form):
    """The reason. "None" is offered only where somebody can have none of it, in the section's own words."""

    state = OneOfField(_("It is empty because"), [], is_required=True)

    def __init__(self, data: Any = None, *, spec: SectionSpec, state: SectionState | None = None) -> None:
        super().__init__(data, initial={"state": state}, use_required_attribute=False)
        none = [(SectionState.NONE_KNOWN.value, spec.none_words)] if spec.may_be_none else []
        field = self.fields["state"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                *none,
                (SectionState.NOT_ASKED.value, _("Nobody has asked yet")),
                (SectionState.WITHHELD.value, _("Withheld: somebody does not wish to say")),
                (SectionState.UNAVAILABLE.value, _("Unavailable: the source cannot be reached")),
            ]
