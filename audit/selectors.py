"""What a compliance officer reads in the record. Nobody else does, and each look is on record before it is given.

An officer sees who did what to which patient, and no clinical content: not a name, not a birth date, not a ward list. A
patient is shown by the record number, because that is what a complaint, a court order or the records department names
them by, and by the beginning of their id. The number is inside the sealed identity, so it is unsealed for this page,
and the event that records the search names every patient whose number was shown. A patient whose key was destroyed is
shown as erased; the events stay.
"""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import Facility, Person, Role, Unit
from handover.patients.models import Patient
from handover.patients.sealed import identity_of, record_number_index
from ledger.services import Detail, record_read
from live.acting import acting_as_system
from live.refusals import NotFound
from vault.errors import KeyDestroyed, VaultError
from vault.services import Scope, prepare

PEOPLE_OFFERED = 8


def require_officer(actor: Actor) -> None:
    """Raises NotFound for everybody but a compliance officer: nobody else learns that there is such a page."""
    if actor.person.role != Role.COMPLIANCE_OFFICER:
        raise NotFound(act="audit.searched", code="role")


def patients_with_record_number(actor: Actor, record_number: str) -> list[UUID]:
    """The patients who have this record number: one, or one in each of several facilities. Raises NotFound."""
    require_officer(actor)
    facilities = Facility.objects.values_list("pk", flat=True)
    indexes = [record_number_index(facility_id, record_number) for facility_id in facilities]
    with acting_as_system("audit.patients"):
        return list(Patient.objects.filter(record_number_index__in=indexes).order_by("pk").values_list("pk", flat=True))


def people_by(actor: Actor, words: str) -> list[Person]:
    """The person with this e-mail address, else those whose name holds the words, eight at most. Raises NotFound."""
    require_officer(actor)
    exact = list(Person.objects.filter(email=words.lower()))
    named = Person.objects.filter(display_name__icontains=words).order_by("display_name", "pk")
    return exact or list(named[:PEOPLE_OFFERED])


def all_units(actor: Actor) -> list[Unit]:
    """Every unit of every facility, by name. Raises NotFound."""
    require_officer(actor)
    return list(Unit.objects.order_by("name", "pk"))


def record_looking(actor: Actor, kind: str, *, found: int = 0, patient_ids: Iterable[UUID] = ()) -> None:
    """A search for a patient or person whom no page of events follows is on record too, without the words of it.

    Nobody was found, or several who are offered by name; `patient_ids` are those whom the same search did find.
    """
    record_search(actor, detail={"by": [kind], "found": found}, patient_ids=patient_ids)


def record_search(actor: Actor, *, detail: Detail, patient_ids: Iterable[UUID]) -> None:
    """The officer's own look is on record, with every patient whose number it shows."""
    record_read(
        "audit.searched",
        agent=actor.agent,
        patient_ids=sorted(set(patient_ids)),
        relationship_ids=[],
        detail=detail,
        purpose="HOPERAT",
    )


def record_numbers(patient_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Patient id -> record number, unsealed. Not audited here: the caller records it before anything is shown."""
    with acting_as_system("audit.record_numbers"):
        patients = list(Patient.objects.filter(pk__in=set(patient_ids)).only("pk", "sealed_identity"))
    prepare([Scope.patient(patient.pk) for patient in patients])
    return {patient.pk: _record_number(patient) for patient in patients}


def _record_number(patient: Patient) -> str:
    try:
        return identity_of(patient).record_number
    except KeyDestroyed:
        return _("erased")
    except VaultError:
        # One damaged value must not hide who did what: it is on record as vault.failed, and the page says so here.
        return _("does not open")
