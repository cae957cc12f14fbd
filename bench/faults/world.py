"""The hospital of a run: people with sessions, threads between them, patients, and a unit whose pages climb fast."""

import random
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from uuid import uuid4

from bench.hospital import Hospital, Member

NURSES, GROUPS, GROUP_SIZE, PATIENTS, DOCTORS = 24, 3, 6, 6, 3
WAIT_SECONDS = 30
POLICY = [
    {"targets": ["addressed"], "wait_s": WAIT_SECONDS, "mode": "first"},
    {"targets": ["charge_nurse"], "wait_s": WAIT_SECONDS, "mode": "first"},
    {"targets": ["by_phone"], "wait_s": WAIT_SECONDS, "mode": "first"},
]


@dataclass(frozen=True)
class Talk:
    """A thread, who may speak in it, and, of a group, who opened it and who comes and goes."""

    id: str
    members: tuple[Member, ...]
    opener: Member | None = None
    guest: Member | None = None


@dataclass(frozen=True)
class World:
    """Everybody and everything that a run acts on."""

    people: tuple[Member, ...]
    talks: tuple[Talk, ...]
    patients: tuple[str, ...]
    nurses: tuple[Member, ...]
    roles: tuple[str, ...]

    def pick(self, chance: random.Random) -> tuple[Talk, Member]:
        """A thread and who speaks in it. The guest of a group only listens."""
        talk = chance.choice(self.talks)
        return talk, chance.choice(talk.members)


def make() -> World:
    """A new one, made by the product's own acts where there is one."""
    house = Hospital()
    ward, doctors = house.ward(DOCTORS + 1)
    nurses = tuple(house.nurse(house.emergency) for _ in range(NURSES))
    with house.as_the_system():
        talks = [_between(one, other) for one, other in zip(nurses, nurses[1:], strict=False)]
        talks += [_group(nurses[at : at + GROUP_SIZE]) for at in range(0, GROUPS * 4, 4)]
        patients = tuple(_patient(house, number) for number in range(PATIENTS))
        roles = _roles(ward, doctors)
    return World((*nurses, *doctors), tuple(talks), patients, nurses, roles)


def _between(one: Member, other: Member) -> Talk:
    from handover.messaging import services

    between = services.Between(person_id=other.id)
    row = services.open_thread(one.actor, key=uuid4(), between=between)
    return Talk(str(row.pk), (one, other))


def _group(several: tuple[Member, ...]) -> Talk:
    from handover.messaging import services

    opener, guest = several[0], several[-1]
    between = services.Between(people=[each.id for each in several[1:]], title="Night team")
    row = services.open_thread(opener.actor, key=uuid4(), between=between)
    return Talk(str(row.pk), several[:-1], opener, guest)


def _patient(house: Hospital, number: int) -> str:
    from handover.patients import services
    from handover.patients.documents import Identity

    identity = Identity(
        family=f"Faultley{number}", given="Basil", birth_date="1970-05-06", record_number=f"7000 {number}"
    )
    return str(services.register_patient(None, key=uuid4(), unit=house.emergency, identity=identity).pk)


def _roles(ward: object, doctors: tuple[Member, ...]) -> tuple[str, ...]:
    """One role for each doctor, and the ward's lead, to whom every page climbs that nobody owns."""
    from django.utils import timezone

    from handover.duty.models import PractitionerRole, ScheduleChange
    from handover.paging.models import PAGED_LEVELS, UnitPolicy

    now, made = timezone.now(), []
    for number, (doctor, is_lead) in enumerate(zip(doctors, (*[False] * DOCTORS, True), strict=True)):
        role = PractitionerRole.objects.create(unit=ward, name=f"On call {number}", is_lead=is_lead)
        ends = now + timedelta(hours=20)
        ScheduleChange.objects.create(
            role=role, kind="set", person_id=doctor.id, starts=now, ends=ends, made=now, made_by_id=doctor.id
        )
        made.append(str(role.pk))
    for level in PAGED_LEVELS:
        UnitPolicy.objects.create(unit=ward, level=level, steps=POLICY, made_by_id=doctors[-1].id)
    return tuple(made[:DOCTORS])


def in_turn(chance: random.Random, deck: tuple[str, ...]) -> "cycle[str]":
    """The deck, shuffled once by the seed, again and again."""
    shuffled = list(deck)
    chance.shuffle(shuffled)
    return cycle(shuffled)
