"""Each kind of entry in words: one line that says it, the details under it, and the tone it is drawn in."""

from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handover.patients import documents, rules
from handover.patients.wording import date_words, number_words, when_words

Tone = Literal["", "danger", "watch", "quiet"]


@dataclass(frozen=True)
class Told:
    """An entry in words. `lines` are its details; `tone` is how loudly it is drawn."""

    words: str
    lines: tuple[str, ...] = ()
    tone: Tone = ""


def told(entry: documents.Entry, *, now: datetime) -> Told:
    """The words of an entry at `now`. An entry of a kind without words of its own is a mistake in this table."""
    return _told(entry, now)


@singledispatch
def _told(entry: documents.Entry, now: datetime) -> Told:
    raise NotImplementedError(type(entry).__name__)


@_told.register
def _problem(entry: documents.Problem, now: datetime) -> Told:
    lines = _lines(
        _("Reason for this stay") if entry.is_reason_for_stay else "",
        _("Since %(date)s") % {"date": date_words(entry.onset)} if entry.onset else "",
        _("Resolved") if entry.status == "resolved" else "",
    )
    return Told(entry.text, lines, "quiet" if entry.status == "resolved" else "")


@_told.register
def _allergy(entry: documents.Allergy, now: datetime) -> Told:
    words = f"{entry.substance}: {entry.reaction}" if entry.reaction else entry.substance
    risk = {"high": _("High risk"), "low": _("Low risk")}.get(entry.criticality, _("Risk not known"))
    lines = _lines(
        _("Intolerance") if entry.kind == "intolerance" else _("Allergy"),
        risk,
        {True: _("Confirmed"), False: _("Not confirmed")}.get(entry.is_confirmed, "")
        if entry.is_confirmed is not None
        else "",
        _("Since %(date)s") % {"date": date_words(entry.since)} if entry.since else "",
    )
    return Told(words, lines, "danger" if entry.criticality != "low" else "watch")


@_told.register
def _medication(entry: documents.Medication, now: datetime) -> Told:
    dose = " ".join(part for part in (entry.dose, entry.route, entry.frequency) if part)
    state = {"held": _("HELD"), "stopped": _("STOPPED")}.get(entry.status, "")
    lines = _lines(
        dose,
        _("Runs at %(rate)s") % {"rate": entry.infusion_rate} if entry.infusion_rate else "",
        _("Last given %(when)s") % {"when": when_words(entry.last_given, now=now)}
        if entry.last_given
        else _("Last given: not recorded"),
        _next_due(entry, now),
    )
    words = f"{entry.name}: {state}" if state else entry.name
    return Told(words, lines, _medication_tone(entry, now))


def _next_due(entry: documents.Medication, now: datetime) -> str:
    if entry.next_due is None or entry.status != "current":
        return ""
    when = when_words(entry.next_due, now=now)
    return _("Overdue since %(when)s") % {"when": when} if entry.next_due < now else _("Next %(when)s") % {"when": when}


def _medication_tone(entry: documents.Medication, now: datetime) -> Tone:
    if entry.status == "stopped":
        return "quiet"
    is_late = entry.status == "current" and entry.next_due is not None and entry.next_due < now
    return "watch" if is_late or entry.status == "held" else ""


@_told.register
def _code_status(entry: documents.CodeStatus, now: datetime) -> Told:
    words = {
        "full": _("For full treatment, for resuscitation"),
        "dnar": _("DNAR: do not attempt resuscitation"),
        "limits": _("Limits: %(limits)s") % {"limits": entry.limits or _("not stated")},
    }[entry.value]
    lines = _lines(
        entry.limits if entry.value != "limits" else "",
        _("Decided by %(who)s") % {"who": entry.decided_by} if entry.decided_by else "",
        date_words(entry.decided),
    )
    return Told(words, lines, "" if entry.value == "full" else "danger")


@_told.register
def _alert(entry: documents.Alert, now: datetime) -> Told:
    kind = {
        "isolation": _("Isolation"),
        "falls": _("Falls"),
        "airway": _("Difficult airway"),
        "behaviour": _("Behaviour"),
        "skin": _("Skin"),
    }.get(entry.kind, "")
    since = _("Since %(date)s") % {"date": date_words(entry.since)} if entry.since else ""
    return Told(f"{kind}: {entry.text}" if kind else entry.text, _lines(since), _alert_tone(entry))


def _alert_tone(entry: documents.Alert) -> Tone:
    return "danger" if entry.kind in {"isolation", "airway"} else "watch"


@_told.register
def _device(entry: documents.Device, now: datetime) -> Told:
    words = f"{entry.text}, {entry.site}" if entry.site else entry.text
    lines = _lines(
        _("Placed %(date)s") % {"date": date_words(entry.placed)} if entry.placed else _("Placed: not recorded"),
        _("Checked %(when)s") % {"when": when_words(entry.checked, now=now)} if entry.checked else "",
    )
    return Told(words, lines)


@_told.register
def _result(entry: documents.Result, now: datetime) -> Told:
    value = " ".join(part for part in (entry.value, entry.unit) if part) or _("no value")
    flag = {
        "low": _("low"),
        "high": _("high"),
        "critical": _("CRITICAL"),
        "abnormal": _("abnormal"),
    }.get(entry.flag, "")
    words = f"{entry.name}: {value}" + (f" ({flag})" if flag else "")
    taken = (
        _("Taken %(when)s") % {"when": when_words(entry.taken, now=now)} if entry.taken else _("Taken: not recorded")
    )
    tone: Tone = "danger" if entry.flag == "critical" else "watch" if entry.flag else ""
    return Told(words, (taken,), tone)


@_told.register
def _pending(entry: documents.PendingResult, now: datetime) -> Told:
    lines = _lines(
        _("Asked for %(when)s") % {"when": when_words(entry.ordered, now=now)} if entry.ordered else "",
        _("Owner: %(who)s") % {"who": entry.owner} if entry.owner else _("Nobody owns it yet"),
        _("Call back %(number)s") % {"number": entry.call_back} if entry.call_back else "",
    )
    return Told(entry.name, lines, "" if entry.owner else "watch")


@_told.register
def _procedure(entry: documents.Procedure, now: datetime) -> Told:
    return Told(entry.text, _lines(date_words(entry.done)))


@_told.register
def _diet(entry: documents.Diet, now: datetime) -> Told:
    words = _("NIL BY MOUTH: %(text)s") % {"text": entry.text} if entry.nil_by_mouth else entry.text
    eaten = (
        _("Last ate or drank %(when)s") % {"when": when_words(entry.last_intake, now=now)} if entry.last_intake else ""
    )
    return Told(words, _lines(eaten), "danger" if entry.nil_by_mouth else "")


@_told.register
def _mobility(entry: documents.Mobility, now: datetime) -> Told:
    staff = (
        ngettext("%(count)s person to help", "%(count)s people to help", entry.staff_needed)
        % {"count": entry.staff_needed}
        if entry.staff_needed is not None
        else ""
    )
    falls = {"high": _("High risk of falls"), "low": _("Low risk of falls")}.get(
        entry.falls_risk, _("Risk of falls not known")
    )
    return Told(entry.text, _lines(entry.aids, staff, falls), "watch" if entry.falls_risk == "high" else "")


@_told.register
def _weight(entry: documents.Weight, now: datetime) -> Told:
    how = {"measured": _("measured"), "estimated": _("estimated")}.get(entry.how, _("how is not known"))
    taken = _("Taken %(when)s") % {"when": when_words(entry.taken, now=now)} if entry.taken else ""
    return Told(f"{number_words(entry.kg)} kg, {how}", _lines(taken), "" if entry.how == "measured" else "watch")


@_told.register
def _language(entry: documents.Language, now: datetime) -> Told:
    need = {
        True: _("Interpreter needed"),
        False: _("No interpreter needed"),
        None: _("Interpreter: not asked"),
    }[entry.interpreter_needed]
    return Told(
        f"{entry.name or entry.tag}. {need}",
        _lines(entry.interpreter_kind),
        "watch" if entry.interpreter_needed is not False else "",
    )


@_told.register
def _contact(entry: documents.FamilyContact, now: datetime) -> Told:
    words = f"{entry.name} ({entry.relationship})" if entry.relationship else entry.name
    moved = {True: _("Told of the move"), False: _("Not yet told of the move"), None: ""}[entry.told_of_move]
    by = _("by %(who)s") % {"who": entry.told_by} if entry.told_by and entry.told_of_move else ""
    return Told(words, _lines(entry.phone or _("No phone number"), " ".join(part for part in (moved, by) if part)))


@_told.register
def _belonging(entry: documents.Belonging, now: datetime) -> Told:
    return Told(entry.text, _lines(_("Held: %(who)s") % {"who": entry.held_by} if entry.held_by else ""))


@_told.register
def _matters(entry: documents.WhatMatters, now: datetime) -> Told:
    return Told(entry.text)


@_told.register
def _vitals(entry: documents.VitalSigns, now: datetime) -> Told:
    scored = rules.scored_or_none(entry)
    words = scored.words if scored else _("Nothing to score")
    loud = scored is not None and scored.floor_band in {"medium", "high"}
    return Told(words, vital_lines(entry), "watch" if loud else "")


def vital_lines(entry: documents.VitalSigns) -> tuple[str, ...]:
    """The measured values of one set, each with its unit; what was not measured is left out."""
    return _lines(
        _("Breathing %(value)s/min") % {"value": entry.respirations_per_min}
        if entry.respirations_per_min is not None
        else "",
        spo2_words(entry),
        _("BP %(value)s mmHg") % {"value": pressure_words(entry)} if entry.systolic_mmhg is not None else "",
        _("Pulse %(value)s/min") % {"value": entry.pulse_per_min} if entry.pulse_per_min is not None else "",
        consciousness_words(entry.consciousness),
        f"{number_words(entry.temperature_c)} °C" if entry.temperature_c is not None else "",
    )


def pressure_words(entry: documents.VitalSigns) -> str:
    """112/70, or 112 alone."""
    low = f"/{entry.diastolic_mmhg}" if entry.diastolic_mmhg is not None else ""
    return f"{entry.systolic_mmhg}{low}"


def spo2_words(entry: documents.VitalSigns) -> str:
    """SpO2 94 % on 2 L/min, with scale 2 where it was used; "" when it was not measured."""
    if entry.spo2_percent is None:
        return ""
    words = _("SpO2 %(value)s %% %(air)s") % {"value": entry.spo2_percent, "air": air_words(entry)}
    return _("%(words)s (scale 2)") % {"words": words.strip()} if entry.spo2_scale == 2 else words.strip()


def air_words(entry: documents.VitalSigns) -> str:
    """What the patient breathes: on air, on 2 L/min by nasal cannula; "" when nobody said."""
    if entry.on_oxygen is None:
        return ""
    if not entry.on_oxygen:
        return _("on air")
    flow = f"{number_words(entry.oxygen_flow_l_per_min)} L/min" if entry.oxygen_flow_l_per_min is not None else ""
    return _("on %(what)s") % {"what": ", ".join(part for part in (flow, entry.oxygen_device) if part) or _("oxygen")}


def consciousness_words(letter: str | None) -> str:
    """The word behind a letter of ACVPU; "" when it was not assessed."""
    words = {
        "A": _("Alert"),
        "C": _("New confusion"),
        "V": _("Responds to voice"),
        "P": _("Responds to pain"),
        "U": _("Unresponsive"),
    }
    return words.get(letter or "", "")


def _lines(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
