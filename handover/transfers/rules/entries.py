"""One line of words for one entry of the structured summary: what a difference, a brief or a prefilled draft shows."""

from collections.abc import Callable
from typing import cast

from django.utils.translation import gettext as _

from handover.patients import documents as d
from handover.patients.rules import scored_or_none


def words_of_entry(entry: d.Entry) -> str:
    """The entry as one line: what a nurse would read out of it, without its source."""
    writer = _WORDS.get(type(entry))
    text = writer(entry) if writer else str(getattr(entry, "text", ""))
    return " ".join(text.split())


def vitals_words(vitals: d.VitalSigns) -> str:
    """RR 22, SpO2 93 % on oxygen 2 L, BP 104/62, pulse 112, 38.4 °C, alert: what was measured, in that order."""
    told = (
        _value("RR", vitals.respirations_per_min),
        _saturation(vitals),
        _pressure(vitals),
        _value(_("pulse"), vitals.pulse_per_min),
        "" if vitals.temperature_c is None else f"{vitals.temperature_c:.1f} °C",
        _consciousness(vitals.consciousness),
    )
    return ", ".join(word for word in told if word)


def _value(label: str, value: int | None) -> str:
    return "" if value is None else f"{label} {value}"


def _saturation(vitals: d.VitalSigns) -> str:
    told = "" if vitals.spo2_percent is None else f"SpO2 {vitals.spo2_percent} %"
    if vitals.on_oxygen is None:
        return told
    if not vitals.on_oxygen:
        return _("%(saturation)s on air") % {"saturation": told} if told else _("on air")
    flow = "" if vitals.oxygen_flow_l_per_min is None else f" {vitals.oxygen_flow_l_per_min:g} L"
    return _("%(saturation)s on oxygen%(flow)s") % {"saturation": told, "flow": flow}


def _pressure(vitals: d.VitalSigns) -> str:
    if vitals.systolic_mmhg is None:
        return ""
    return f"BP {vitals.systolic_mmhg}" + ("" if vitals.diastolic_mmhg is None else f"/{vitals.diastolic_mmhg}")


def _consciousness(code: str | None) -> str:
    words = {"A": _("alert"), "C": _("newly confused"), "V": _("responds to voice"), "P": _("responds to pain")}
    words["U"] = _("unresponsive")
    return words.get(code or "", "")


def _vitals(entry: d.Entry) -> str:
    vitals = cast(d.VitalSigns, entry)
    scored = scored_or_none(vitals)
    return f"{scored.words}: {vitals_words(vitals)}" if scored else vitals_words(vitals)


def _allergy(entry: d.Entry) -> str:
    allergy = cast(d.Allergy, entry)
    return f"{allergy.substance} ({allergy.reaction})" if allergy.reaction else allergy.substance


def _medication(entry: d.Entry) -> str:
    drug = cast(d.Medication, entry)
    held = {"held": _("held"), "stopped": _("stopped")}.get(drug.status, "")
    return " ".join((drug.name, drug.dose, drug.route, drug.frequency, drug.infusion_rate, held))


def _code_status(entry: d.Entry) -> str:
    status = cast(d.CodeStatus, entry)
    words = {"full": _("Full resuscitation"), "dnar": _("DNAR: do not attempt resuscitation")}
    return words.get(status.value) or _("Limits: %(limits)s") % {"limits": status.limits or _("not stated")}


def _problem(entry: d.Entry) -> str:
    problem = cast(d.Problem, entry)
    return problem.text if problem.status == "active" else _("%(problem)s, resolved") % {"problem": problem.text}


def _result(entry: d.Entry) -> str:
    result = cast(d.Result, entry)
    return " ".join((result.name, result.value, result.unit, result.flag))


def _pending(entry: d.Entry) -> str:
    pending = cast(d.PendingResult, entry)
    return f"{pending.name} ({pending.owner})" if pending.owner else pending.name


def _weight(entry: d.Entry) -> str:
    weight = cast(d.Weight, entry)
    return f"{weight.kg:g} kg" + (_(", estimated") if weight.how == "estimated" else "")


def _language(entry: d.Entry) -> str:
    language = cast(d.Language, entry)
    return (language.name or language.tag) + (_(", interpreter needed") if language.interpreter_needed else "")


def _contact(entry: d.Entry) -> str:
    contact = cast(d.FamilyContact, entry)
    return " ".join((contact.name, contact.relationship, contact.phone))


def _device(entry: d.Entry) -> str:
    device = cast(d.Device, entry)
    return f"{device.text}, {device.site}" if device.site else device.text


_WORDS: dict[type[d.Entry], Callable[[d.Entry], str]] = {
    d.VitalSigns: _vitals,
    d.Allergy: _allergy,
    d.Medication: _medication,
    d.CodeStatus: _code_status,
    d.Problem: _problem,
    d.Result: _result,
    d.PendingResult: _pending,
    d.Weight: _weight,
    d.Language: _language,
    d.FamilyContact: _contact,
    d.Device: _device,
}
