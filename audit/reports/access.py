"""A patient's own report: who saw my record and why, in plain words, a line a day for each person and kind of act.

People are named by role and unit. Their names are given only where the officer says so: whether a patient may have them
is the law's and the hospital's to say (CJEU C-579/21: not as a rule; other laws say otherwise).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actors import PURPOSE, Actor
from accounts.models import Person, Role, Unit
from audit.acts import Kind, kind_of
from audit.disclosures.bases import Basis
from audit.disclosures.services import What, disclose_unnamed
from audit.selectors import record_numbers, require_officer
from handover.patients.models import CareRelationship
from ledger.models import Event
from ledger.services import record
from live.acting import acting_as_system
from live.refusals import NotFound

# A year, by default: what a patient remembers.
DAYS = 365
MOST_EVENTS = 100_000
_COLUMNS = ("event", "outcome", "recorded", "agent_id", "agent_role", "unit_id", "relationship_ids", "purpose")

WHAT: dict[Kind, Promise] = {
    Kind.READ: gettext_lazy("read your record"),
    Kind.SEARCH: gettext_lazy("found you in a search"),
    Kind.CREATE: gettext_lazy("wrote in your record"),
    Kind.UPDATE: gettext_lazy("changed something in your record"),
    Kind.ALERT: gettext_lazy("used emergency access to your record, or was asked about it"),
    Kind.AUDIT: gettext_lazy("checked who had used your record"),
    Kind.EXPORT: gettext_lazy("took a copy of something about you out of the system"),
    Kind.IMPORT: gettext_lazy("brought information about you into the system"),
}
WHY: dict[str, Promise] = {
    "unit_has_patient": gettext_lazy("You were a patient of their unit."),
    "handover_addressed": gettext_lazy("A colleague had handed your care over to them."),
    "thread_member": gettext_lazy("A colleague had asked them about your care."),
    "handover_author": gettext_lazy("They had handed your care over to a colleague."),
    "handover_received": gettext_lazy("They had just taken over your care."),
    "responsible": gettext_lazy("They were responsible for you."),
    "break_glass": gettext_lazy("It was an emergency. Every such access is looked at afterwards."),
    "paged": gettext_lazy("A colleague had called them to you."),
    "attending": gettext_lazy("They were your attending physician."),
    "consulting": gettext_lazy("They were asked to advise on your care."),
    "primary_nurse": gettext_lazy("They were your nurse."),
    "covering": gettext_lazy("They covered for somebody who looked after you."),
}
ROLES: dict[str, Promise] = {
    Role.NURSE: gettext_lazy("A nurse"),
    Role.PHYSICIAN: gettext_lazy("A doctor"),
    Role.CALL_AGENT: gettext_lazy("Somebody who takes calls"),
    Role.COMPLIANCE_OFFICER: gettext_lazy("A compliance officer"),
    Role.ADMINISTRATOR: gettext_lazy("An administrator"),
}


class _Key(NamedTuple):
    day: date
    agent_id: UUID | None
    role: str
    unit_id: UUID | None
    kind: Kind
    reason: str
    is_refused: bool


@dataclass(frozen=True)
class Line:
    """Who, what and why, each a sentence or the beginning of one, on one day."""

    day: date
    who: str
    what: str
    why: str


@dataclass(frozen=True)
class AccessReport:
    """The lines, newest day first, and from when they are. `is_cut`: there was more than a report holds."""

    record_number: str
    since: datetime
    made: datetime
    lines: list[Line]
    is_cut: bool


@acting_as_system("audit.access_report")
def access_report(actor: Actor, patient_id: UUID, *, since: datetime, with_names: bool) -> AccessReport:
    """The patient's report from `since` on. Recorded before it is given, as taken out. Raises NotFound."""
    require_officer(actor)
    number = record_numbers({patient_id}).get(patient_id, "")
    if not number:
        raise NotFound(act="audit.access_report_made", subject_id=patient_id)
    rows = _rows(patient_id, since)
    detail = {"events": len(rows), "names": int(with_names)}
    record("audit.access_report_made", agent=actor.agent, patient_id=patient_id, purpose=PURPOSE, detail=detail)
    disclose_unnamed(actor, [patient_id], basis=Basis.INDIVIDUAL, what=What.ACCESS_REPORT)
    counted = _counted(rows)
    names = _names(counted) if with_names else {}
    units = dict(Unit.objects.values_list("pk", "name"))
    ordered = sorted(counted.items(), key=lambda item: (-item[0].day.toordinal(), item[0].role, item[0].kind))
    lines = [_line(key, count, names, units) for key, count in ordered]
    return AccessReport(number, since, timezone.now(), lines, is_cut=len(rows) >= MOST_EVENTS)


def _rows(patient_id: UUID, since: datetime) -> list[dict[str, Any]]:
    """The patient's own events and those of lists they stood on: two walks, each along an index of its own."""
    found: list[dict[str, Any]] = []
    for whose in (Q(patient_id=patient_id), Q(patient_ids__contains=[patient_id])):
        events = Event.objects.filter(whose, recorded__gte=since).order_by("-recorded", "-pk")
        found += events.values(*_COLUMNS)[: MOST_EVENTS - len(found)]
    return found


def _counted(rows: Iterable[dict[str, Any]]) -> Counter[_Key]:
    rows = list(rows)
    ids = {row["relationship_ids"][0] for row in rows if row["relationship_ids"]}
    reasons = dict(CareRelationship.objects.filter(pk__in=ids).values_list("pk", "reason"))
    counted: Counter[_Key] = Counter()
    for row in rows:
        kind = kind_of(row["event"])
        # What the system did by itself is nobody's look.
        if row["agent_id"] is None or kind not in WHAT:
            continue
        reason = reasons.get(row["relationship_ids"][0], "") if row["relationship_ids"] else ""
        counted[
            _Key(
                timezone.localtime(row["recorded"]).date(),
                row["agent_id"],
                row["agent_role"],
                row["unit_id"],
                kind,
                "break_glass" if row["purpose"] == "BTG" else reason,
                row["outcome"] == "refused",
            )
        ] += 1
    return counted


def _names(counted: Iterable[_Key]) -> dict[UUID, str]:
    people = Person.objects.filter(pk__in={key.agent_id for key in counted if key.agent_id})
    return dict(people.values_list("pk", "display_name"))


def _line(key: _Key, count: int, names: dict[UUID, str], units: dict[UUID, str]) -> Line:
    role = str(ROLES.get(key.role, gettext_lazy("Somebody")))
    who = _("%(role)s of %(unit)s") % {"role": role, "unit": units[key.unit_id]} if key.unit_id in units else role
    name = names.get(key.agent_id, "") if key.agent_id else ""
    what = str(WHAT[key.kind])
    if count > 1:
        what = ngettext("%(what)s, once", "%(what)s, %(count)d times", count) % {"what": what, "count": count}
    if key.is_refused:
        return Line(key.day, f"{who}, {name}" if name else who, _("tried to use your record"), _("It was refused."))
    why = str(WHY.get(key.reason, "")) or _without_reason(key)
    return Line(key.day, f"{who}, {name}" if name else who, what, why)


def _without_reason(key: _Key) -> str:
    if key.role in {Role.COMPLIANCE_OFFICER, Role.ADMINISTRATOR}:
        return _("It is their work to see that records are used rightly.")
    return _("No reason is written down. You may ask about this.")
