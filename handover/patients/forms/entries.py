"""The form of each section, as a table: what is asked for, in the order in which it is asked."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from handover.patients import documents
from handover.patients.forms.entry import EntryForm
from handover.patients.forms.fields import (
    DateField,
    FlagField,
    LineField,
    MomentField,
    NumberField,
    OneOfField,
    TextField,
    WholeField,
    YesNoField,
)
from handover.patients.forms.vitals import VitalSignsForm

# Languages by their English and their own name: the tag is BCP 47 (RFC 5646).
LANGUAGES = {
    "en": ("English",),
    "ar": ("Arabic", "العربية"),
    "bn": ("Bengali", "বাংলা"),
    "bg": ("Bulgarian", "Български"),
    "zh": ("Chinese", "中文"),
    "fr": ("French", "Français"),
    "de": ("German", "Deutsch"),
    "hi": ("Hindi", "हिन्दी"),
    "it": ("Italian", "Italiano"),
    "fa": ("Persian", "فارسی"),
    "pl": ("Polish", "Polski"),
    "pt": ("Portuguese", "Português"),
    "pa": ("Punjabi", "ਪੰਜਾਬੀ"),
    "ro": ("Romanian", "Română"),
    "ru": ("Russian", "Русский"),
    "so": ("Somali", "Soomaali"),
    "es": ("Spanish", "Español"),
    "tr": ("Turkish", "Türkçe"),
    "uk": ("Ukrainian", "Українська"),
    "ur": ("Urdu", "اردو"),
    "vi": ("Vietnamese", "Tiếng Việt"),
    "bfi": ("British Sign Language",),
}
TAGS = {name.casefold(): tag for tag, names in LANGUAGES.items() for name in names}


class ProblemForm(EntryForm):
    document, names = documents.Problem, ("text",)
    text = LineField(_("Problem"), is_required=True)
    is_reason_for_stay = FlagField(_("It is the reason for this stay"))
    status = OneOfField(_("It is"), [("active", _("Active")), ("resolved", _("Resolved"))], initial="active")
    onset = DateField(_("Since"), help_text=_("As much of the date as is known."))


class AllergyForm(EntryForm):
    document, names = documents.Allergy, ("substance",)
    substance = LineField(_("Substance"), is_required=True)
    reaction = LineField(_("What happened"), help_text=_("Anaphylaxis, rash, nausea ..."))
    criticality = OneOfField(
        _("Danger when given again"), [("high", _("High")), ("low", _("Low")), ("unknown", _("Not known"))]
    )
    kind = OneOfField(_("Kind"), [("allergy", _("Allergy")), ("intolerance", _("Intolerance"))], initial="allergy")
    is_confirmed = YesNoField(_("Confirmed"), unasked=_("Not known"))
    since = DateField(_("Since"), help_text=_("As much of the date as is known."))


class MedicationForm(EntryForm):
    document, names = documents.Medication, ("name",)
    name = LineField(_("Medication"), is_required=True)
    dose = LineField(_("Dose"), help_text=_("With its unit: 500 mg."))
    route = LineField(_("Route"), help_text=_("IV, by mouth ..."))
    frequency = LineField(_("How often"))
    infusion_rate = LineField(_("Infusion rate"), help_text=_("With its unit, if it is running: 83 mL/h."))
    status = OneOfField(
        _("It is"), [("current", _("Given")), ("held", _("Held")), ("stopped", _("Stopped"))], initial="current"
    )
    last_given = MomentField(_("Last given"))
    next_due = MomentField(_("Next due"))


class CodeStatusForm(EntryForm):
    document = documents.CodeStatus
    value = OneOfField(
        _("If the heart or breathing stops"),
        [
            ("full", _("Full treatment: resuscitate")),
            ("dnar", _("DNAR: do not attempt resuscitation")),
            ("limits", _("Some treatments only: say which")),
        ],
        is_required=True,
        layout="one",
    )
    limits = LineField(_("Limits"), help_text=_("What is not to be done, or only what is."))
    decided_by = LineField(_("Decided by"), is_required=True)
    decided = DateField(_("Decided on"))

    def clean_limits(self) -> str:
        """What the limits are must be said where there are some."""
        limits = str(self.cleaned_data.get("limits", ""))
        if self.cleaned_data.get("value") == "limits" and not limits:
            raise ValidationError(_("Say which treatments are limited."), code="no_limits")
        return limits


class AlertForm(EntryForm):
    document, names = documents.Alert, ("text",)
    kind = OneOfField(
        _("Kind"),
        [
            ("isolation", _("Isolation")),
            ("airway", _("Difficult airway")),
            ("falls", _("Falls")),
            ("behaviour", _("Behaviour")),
            ("skin", _("Skin")),
            ("other", _("Other")),
        ],
        is_required=True,
    )
    text = LineField(_("Alert"), is_required=True, help_text=_("For isolation: the kind and the germ."))
    since = DateField(_("Since"))


class DeviceForm(EntryForm):
    document, names = documents.Device, ("text",)
    kind = OneOfField(
        _("Kind"),
        [
            ("line", _("Line")),
            ("drain", _("Drain")),
            ("airway", _("Airway")),
            ("catheter", _("Catheter")),
            ("implant", _("Implant")),
            ("other", _("Other")),
        ],
        is_required=True,
    )
    text = LineField(_("What it is"), is_required=True, help_text=_("Cannula 18 G, chest drain, tracheostomy ..."))
    site = LineField(_("Where"), help_text=_("Left forearm."))
    placed = DateField(_("Placed on"))
    checked = MomentField(_("Last checked"))


class ResultForm(EntryForm):
    document, names = documents.Result, ("name",)
    name = LineField(_("Test"), is_required=True)
    value = LineField(_("Value"))
    unit = LineField(_("Unit"))
    flag = OneOfField(
        _("It is"),
        [
            ("", _("Not flagged")),
            ("low", _("Low")),
            ("high", _("High")),
            ("abnormal", _("Abnormal")),
            ("critical", _("Critical")),
        ],
    )
    taken = MomentField(_("Sample taken"))


class PendingResultForm(EntryForm):
    document, names = documents.PendingResult, ("name",)
    name = LineField(_("Test"), is_required=True)
    ordered = MomentField(_("Asked for"))
    owner = LineField(_("Who owns it"), help_text=_("The person or team who will look at it and act."))
    call_back = LineField(_("Call-back number"), inputmode="tel")


class ProcedureForm(EntryForm):
    document, names = documents.Procedure, ("text",)
    text = LineField(_("Procedure"), is_required=True)
    done = DateField(_("Done on"))


class DietForm(EntryForm):
    document = documents.Diet
    text = LineField(_("Diet"), is_required=True, help_text=_("Texture, restrictions, what is thickened."))
    nil_by_mouth = FlagField(_("Nil by mouth"))
    last_intake = MomentField(_("Last ate or drank"))


class MobilityForm(EntryForm):
    document = documents.Mobility
    text = LineField(_("How the patient moves"), is_required=True)
    aids = LineField(_("Aids"), help_text=_("Frame, stick, hoist ..."))
    staff_needed = WholeField(_("People needed to help"), low=0, high=6)
    falls_risk = OneOfField(_("Risk of falls"), [("high", _("High")), ("low", _("Low")), ("unknown", _("Not known"))])


class WeightForm(EntryForm):
    document = documents.Weight
    kg = NumberField(_("Weight, kg"), low=0.2, high=650, is_required=True)
    how = OneOfField(
        _("It was"),
        [("measured", _("Measured")), ("estimated", _("Estimated")), ("unknown", _("Not known"))],
        is_required=True,
        help_text=_("A dose by weight needs to know."),
    )
    taken = MomentField(_("Taken"))


class LanguageForm(EntryForm):
    document = documents.Language
    name = LineField(
        _("Language"), is_required=True, help_text=_("In English, or as the patient calls it."), list="languages"
    )
    interpreter_needed = YesNoField(_("Interpreter needed"))
    interpreter_kind = LineField(_("Which"), help_text=_("By phone, in person, sign language ..."))

    def told(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """With the tag of a language that is known by its name; "und" (undetermined) for any other."""
        told = super().told(cleaned)
        if "name" in told:
            told["tag"] = TAGS.get(str(told["name"]).casefold(), "und")
        return told


class FamilyContactForm(EntryForm):
    document = documents.FamilyContact
    name = LineField(_("Name"), is_required=True)
    relationship = LineField(_("Who they are"), help_text=_("Son, neighbour, legal guardian ..."))
    phone = LineField(_("Phone"), inputmode="tel")
    told_of_move = YesNoField(_("Told of the move"))
    told_by = LineField(_("Told by"))


class BelongingForm(EntryForm):
    document = documents.Belonging
    text = LineField(_("What"), is_required=True, help_text=_("Dentures, hearing aids, glasses, phone ..."))
    held_by = LineField(_("Who holds it"))


class WhatMattersForm(EntryForm):
    document = documents.WhatMatters
    text = TextField(_("What matters to the patient"), is_required=True, help_text=_("In their own words."))


FORMS: dict[str, type[EntryForm]] = {
    "problems": ProblemForm,
    "allergies": AllergyForm,
    "medications": MedicationForm,
    "code_status": CodeStatusForm,
    "alerts": AlertForm,
    "devices": DeviceForm,
    "vital_signs": VitalSignsForm,
    "results": ResultForm,
    "pending_results": PendingResultForm,
    "procedures": ProcedureForm,
    "diet": DietForm,
    "mobility": MobilityForm,
    "weight": WeightForm,
    "language": LanguageForm,
    "family_contact": FamilyContactForm,
    "belongings": BelongingForm,
    "what_matters": WhatMattersForm,
}
