"""The JSON API of this room: who I am, the units and who is on duty."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from ninja import Router

from accounts import services
from accounts.apiparts import ActKey, Done, View, actor_of, answers
from accounts.directory import UnitEntry, directory, units_of

router = Router(tags=["people"])


class UnitOut(View):
    id: UUID
    name: str
    short_name: str


class SessionOut(View):
    person_id: UUID
    display_name: str
    role: str
    unit_id: UUID | None
    units: list[UnitOut]
    csrf_token: str


class StaffOut(View):
    person_id: UUID
    display_name: str
    role: str
    credentials: str
    phone: str
    on_duty_since: datetime | None


class UnitWithStaff(UnitOut):
    facility: str
    phone: str
    staff: list[StaffOut]


@router.get("/session", response=answers(SessionOut), summary="Who I am, and the token for calls that change something")
def session(request: HttpRequest) -> SessionOut:
    """The signed-in person, their units, and the CSRF token of this session."""
    actor = actor_of(request)
    return SessionOut(
        person_id=actor.person.pk,
        display_name=actor.person.display_name,
        role=actor.person.role,
        unit_id=actor.unit_id,
        units=[UnitOut.model_validate(unit) for unit in units_of(actor.person)],
        csrf_token=get_token(request),
    )


@router.get("/directory", response=answers(list[UnitWithStaff]), summary="Units, their people, and who is on duty now")
def the_directory(request: HttpRequest, words: str = "") -> list[UnitWithStaff]:
    """Every unit that matches the words, by facility."""
    found = directory(at=timezone.now(), words=words)
    return [_unit(entry, facility.facility.name) for facility in found for entry in facility.units]


@router.post("/units/{unit_id}/duty", response=answers(Done), summary="Go on duty in a unit of mine")
def start_duty(request: HttpRequest, unit_id: UUID, key: ActKey) -> Done:
    """The duty that runs from now on."""
    return Done(id=services.go_on_duty(actor_of(request), key=key, unit_id=unit_id).pk)


@router.delete("/units/{unit_id}/duty", response=answers(Done), summary="Go off duty")
def stop_duty(request: HttpRequest, unit_id: UUID, key: ActKey, warned: bool = False) -> Done:
    """The duty that ran in the unit has ended. `warned`: the person was told of the patients who stay theirs."""
    services.end_duty(actor_of(request), key=key, unit_id=unit_id, is_warned=warned)
    return Done(id=unit_id)


def _unit(entry: UnitEntry, facility: str) -> UnitWithStaff:
    return UnitWithStaff(
        id=entry.unit.pk,
        name=entry.unit.name,
        short_name=entry.unit.short_name,
        facility=facility,
        phone=entry.unit.phone,
        staff=[
            StaffOut(
                person_id=one.person.pk,
                display_name=one.person.display_name,
                role=one.person.role,
                credentials=one.person.credentials,
                phone=one.person.phone,
                on_duty_since=one.since,
            )
            for one in entry.staff
        ],
    )
