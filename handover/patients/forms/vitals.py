"""One set of vital signs, and the score that it makes while it is typed."""

from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from handover.patients import documents, news2, rules
from handover.patients.forms.entry import EntryForm
from handover.patients.forms.fields import LineField, MomentField, NumberField, OneOfField, WholeField

_SIGNS = (
    "respirations_per_min",
    "spo2_percent",
    "systolic_mmhg",
    "diastolic_mmhg",
    "pulse_per_min",
    "consciousness",
    "temperature_c",
)


class VitalSignsForm(EntryForm):
    """What was not measured stays empty, and the score says that it is incomplete.

    Nothing is filled in from the set before but the saturation scale, which is a standing prescription.
    """

    document = documents.VitalSigns
    respirations_per_min = WholeField(
        _("Breathing, per minute"), low=0, high=100, help_text=_("Count for a full minute.")
    )
    spo2_percent = WholeField(_("Oxygen saturation, %"), low=0, high=100)
    air = OneOfField(_("Breathes"), [("air", _("Air")), ("oxygen", _("Oxygen")), ("", _("Not recorded"))])
    oxygen_flow_l_per_min = NumberField(_("Flow, L/min"), low=0.1, high=100)
    oxygen_device = LineField(_("By"), help_text=_("Nasal cannula, Venturi 28 %, non-rebreather ..."))
    spo2_scale = OneOfField(
        _("Saturation scale"),
        [("1", _("Scale 1, for nearly everybody")), ("2", _("Scale 2, prescribed target 88 to 92 %"))],
        initial="1",
    )
    systolic_mmhg = WholeField(_("Systolic, mmHg"), low=0, high=350)
    diastolic_mmhg = WholeField(_("Diastolic, mmHg"), low=0, high=250)
    pulse_per_min = WholeField(_("Pulse, per minute"), low=0, high=300)
    consciousness = OneOfField(
        _("Consciousness"),
        [
            ("A", _("Alert")),
            ("C", _("New confusion")),
            ("V", _("Voice")),
            ("P", _("Pain")),
            ("U", _("Unresponsive")),
            ("", _("Not assessed")),
        ],
    )
    temperature_c = NumberField(_("Temperature, °C"), low=25, high=45)
    taken = MomentField(_("Taken"), is_required=True)

    def __init__(
        self, data: Any = None, *, entry: documents.Entry | None = None, summary: documents.Summary | None = None
    ) -> None:
        super().__init__(data, entry=entry, summary=summary)
        self.latest = rules.latest_vitals(summary) if summary else None
        if isinstance(entry, documents.VitalSigns):
            self.initial.update({"air": _air(entry), "spo2_scale": str(entry.spo2_scale)})
        else:
            scale = str(self.latest.spo2_scale) if self.latest else "1"
            self.initial.update({"taken": timezone.now(), "spo2_scale": scale})

    def clean(self) -> dict[str, Any]:
        """At least one sign, and a time that has come."""
        cleaned = super().clean()
        if not self.errors and not any(cleaned.get(name) is not None and cleaned.get(name) != "" for name in _SIGNS):
            raise ValidationError(_("Nothing has been measured yet. Fill in what was."), code="empty")
        return cleaned

    def told(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """As typed, with what is breathed as yes, no or not recorded, and no flow without oxygen."""
        told = super().told(cleaned)
        on_oxygen = {"air": False, "oxygen": True}.get(cleaned.get("air", ""))
        told["on_oxygen"] = on_oxygen
        told["spo2_scale"] = 2 if cleaned.get("spo2_scale") == "2" else 1
        if not on_oxygen:
            told |= {"oxygen_device": "", "oxygen_flow_l_per_min": None}
        return told

    def vital_signs(self) -> documents.VitalSigns:
        """The set that was typed. Only after is_valid()."""
        return cast(documents.VitalSigns, self.entry())


class Typed:
    """What has been typed so far, as far as it can be read: what `news2.score` looks at while somebody writes."""

    def __init__(self, form: VitalSignsForm) -> None:
        form.is_valid()  # fills cleaned_data with every field that can be read; errors are not asked for here
        said = form.cleaned_data
        self.respirations_per_min: int | None = said.get("respirations_per_min")
        self.spo2_percent: int | None = said.get("spo2_percent")
        self.spo2_scale: Any = 2 if said.get("spo2_scale") == "2" else 1
        self.on_oxygen: bool | None = {"air": False, "oxygen": True}.get(said.get("air", ""))
        self.systolic_mmhg: int | None = said.get("systolic_mmhg")
        self.pulse_per_min: int | None = said.get("pulse_per_min")
        self.consciousness: str | None = said.get("consciousness") or None
        self.temperature_c: float | None = said.get("temperature_c")


def score_of(form: VitalSignsForm) -> news2.News2 | None:
    """The score of what has been typed so far; None while nothing that scores has been."""
    scored = news2.score(Typed(form))
    return scored if any(points is not None for points in scored.points.values()) else None


def _air(entry: documents.VitalSigns) -> str:
    return {True: "oxygen", False: "air"}.get(entry.on_oxygen, "") if entry.on_oxygen is not None else ""
