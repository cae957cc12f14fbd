"""Where the stories are played: who acts, on which patient, and each act's key, which is the same each time.

An act that was played before gives its first answer again, so a start that was interrupted is finished by the next one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from accounts.actors import Actor
from accounts.models import Person, Role, Unit
from config.demonstration.cases import Case
from config.demonstration.names import UnitPlan
from config.demonstration.patients import case_of, plans_at, severity_of
from config.demonstration.seeds import Scale, id_of
from handover.patients import models as patients
from handover.patients.documents import IllnessSeverity
from handover.patients.sealed import headline_of
from handover.transfers.documents import Action, Contingency, Ipass, PatientSummary, SynthesisDocument


@dataclass(frozen=True)
class Patient:
    """A patient of a story, by what the generator gave them."""

    id: UUID
    case: Case
    severity: IllnessSeverity


@dataclass
class Stage:
    """The demonstration as the stories see it."""

    scale: Scale
    now: datetime
    _told: dict[str, int] = field(default_factory=dict)

    def actor(self, email: str) -> Actor:
        """One of those one may sign in as, on a device of the demonstration."""
        person = Person.objects.get(email=email)
        membership = person.memberships.first()
        return Actor(person=person, device="Demonstration", unit_id=membership.unit_id if membership else None)

    def colleague(self, unit_name: str, role: Role, *, but: Actor) -> Actor:
        """Somebody else of that role on duty in a unit."""
        unit = self.unit(unit_name)
        people = Person.objects.filter(duties__unit=unit, role=role).exclude(pk=but.person.pk).order_by("email")
        return Actor(person=people[0], device="Demonstration", unit_id=unit.pk)

    def unit(self, name: str) -> Unit:
        """The unit of that name."""
        return Unit.objects.get(pk=id_of("unit", name))

    def patient(self, unit_name: str, place: int) -> Patient | None:
        """The patient in that place of a unit; None where the hospital was made too small to have one."""
        first = 0
        for plan, count in plans_at(self.scale):
            if plan.name == unit_name:
                return self._patient(plan, first + place, place) if place < count else None
            first += count
        return None

    def key(self, story: str) -> UUID:
        """The key of the story's next act."""
        nth = self._told[story] = self._told.get(story, 0) + 1
        return id_of("act", f"{story} {nth}")

    def year_of_birth(self, patient: Patient) -> str:
        """What the wristband says: asked for where somebody of the unit is easily taken for the patient."""
        return headline_of(patients.Patient.objects.get(pk=patient.id)).birth_date[:4]

    def _patient(self, plan: UnitPlan, number: int, place: int) -> Patient:
        severity = severity_of(plan, number, place) or IllnessSeverity.STABLE
        return Patient(id=id_of("patient", number), case=case_of(plan, number), severity=severity)


def ipass_of(patient: Patient, *, author: Actor, now: datetime) -> Ipass:
    """What a nurse writes who has time: severity, five parts, three actions with owner and time, if and then."""
    case = patient.case
    result = [Action(what=f"Look for: {each}", who="Ward doctor", by_when=_in(now, 300)) for each in case.pending[:1]]
    actions = (
        Action(what="Repeat observations and NEWS2", who="Receiving nurse", by_when=now + timedelta(minutes=60)),
        Action(what=f"Next dose of {case.medicines[0][0].lower()}", who="Receiving nurse", by_when=_in(now, 150)),
        *result,
    )
    return Ipass(
        illness_severity=patient.severity,
        patient_summary=PatientSummary(
            statement=f"{case.reason}, here for treatment and observation.",
            events=case.events,
            course="Treated as below since arrival. " + " ".join(f"{name} done." for name in case.procedures),
            assessment=case.assessment,
            plan=case.plan,
        ),
        action_list=actions,
        situation_awareness="Family knows of the move. Cannula works, last dose on the chart.",
        contingency_plan=(Contingency(if_this=case.if_then[0], then_that=case.if_then[1]),),
        call_back=author.person.phone,
    )


def synthesis_of(patient: Patient, words: str) -> SynthesisDocument:
    """What the receiver says back."""
    return SynthesisDocument(
        illness_severity=patient.severity, first_action="Repeat observations and NEWS2", own_words=words
    )


def _in(now: datetime, minutes: int) -> datetime:
    return now + timedelta(minutes=minutes)
