"""The people and the drafts of a measurement: made by the product's own acts, so that every duty is on."""

import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from bench.rig import OUT, ROOT

CSRF_SECRET = "b" * 32


def set_up() -> None:
    """Every table in the database, a key that seals, Django in this process."""
    import django

    # The key of an earlier run opens nothing in a fresh database.
    shutil.rmtree(OUT / "var" / "keys", ignore_errors=True)
    for command in (("migrate", "--verbosity", "0"), ("vault", "init")):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    django.setup()


@dataclass(frozen=True)
class Member:
    """A person with a session: what a browser would have."""

    id: UUID
    actor: Any
    cookie: str
    token: str = CSRF_SECRET


@dataclass(frozen=True)
class Draft:
    """A handover that waits to be sent: its form without a key, and who will receive it."""

    id: str
    author: Member
    receivers: tuple[Member, ...]
    form: dict[str, str] = field(repr=False)

    def body(self) -> str:
        """The form as a browser posts it, with a key of its own."""
        return urlencode({**self.form, "key": str(uuid4())})


class Hospital:
    """An emergency department that sends, wards that receive."""

    def __init__(self) -> None:
        from accounts.models import Facility, Unit

        self._facility = Facility.objects.create(name=f"Bench {uuid4().hex[:8]}")
        self.emergency = Unit.objects.create(facility=self._facility, name="Emergency", short_name="ED")
        self._numbers = count(1)

    def ward(self, receivers: int) -> tuple[Any, tuple[Member, ...]]:
        """A unit with so many nurses on duty, and they."""
        from accounts.models import Unit

        ward = Unit.objects.create(facility=self._facility, name=f"Ward {uuid4().hex[:6]}", short_name="W")
        return ward, tuple(self.nurse(ward) for _ in range(receivers))

    def nurse(self, unit: Any) -> Member:
        """A nurse on duty in the unit, signed in."""
        from django.conf import settings
        from django.contrib.sessions.backends.db import SessionStore
        from django.http import HttpRequest
        from django.utils import timezone

        from accounts.models import Duty, Membership, Person
        from accounts.sessions import actor_of, start_session

        person = Person.objects.create_person(
            f"bench-{uuid4().hex}@readback.example",
            None,
            display_name=f"Bench Nurse{next(self._numbers)}",
            role="nurse",
            phone="020 7946 0111",
        )
        Membership.objects.create(person=person, unit=unit)
        Duty.objects.create(person=person, unit=unit, starts=timezone.now() - timedelta(hours=1))
        request = HttpRequest()
        request.session = SessionStore()
        session = start_session(request, person, device="Bench phone", factor="passkey")
        request.session["_csrftoken"] = CSRF_SECRET
        request.session.save()
        cookie = f"{settings.SESSION_COOKIE_NAME}={request.session.session_key}"
        return Member(id=person.pk, actor=actor_of(session), cookie=cookie)

    def as_the_system(self) -> AbstractContextManager[object]:
        """Nobody acts while the hospital is made: row-level security shows rows to the system then."""
        from live.acting import acting_as_system

        return acting_as_system("bench")

    def draft(self, author: Member, ward: Any, receivers: tuple[Member, ...]) -> Draft:
        """A draft about a new patient with a whole summary, to be sent with a transfer to everybody in the ward."""
        from django.utils import timezone

        from handover.patients import services as patients
        from handover.patients.documents import Identity
        from handover.transfers import services
        from tests.fixtures_patients import full_summary

        number, now = next(self._numbers), timezone.now()
        identity = Identity(
            family=f"Benchly{number}", given="Basil", birth_date="1970-05-06", record_number=f"9000 {number}"
        )
        patient = patients.register_patient(None, key=uuid4(), unit=self.emergency, identity=identity)
        patients.put_summary(None, key=uuid4(), patient_id=patient.pk, summary=full_summary(now), source="bench")
        handover = services.draft_handover(author.actor, key=uuid4(), patient_id=patient.pk)
        where = {"to_unit": str(ward.pk), "to": "unit", "to_bed": "4", "departure": ""}
        form = {**_typed(now), **where, "revision": str(handover.draft_revision)}
        return Draft(id=str(handover.pk), author=author, receivers=receivers, form=form)


def _typed(now: datetime) -> dict[str, str]:
    from handover.transfers.forms.fields import local_minute

    return {
        "illness_severity": "watcher",
        "summary-statement": "75, pneumonia with sepsis, day 1",
        "summary-events": "Fever and confusion at home since yesterday",
        "summary-course": "Two litres of fluid, meropenem at 23:40",
        "summary-assessment": "Less breathless, still on 2 L",
        "summary-plan": "Antibiotics for five days",
        "situation_awareness": "Tires quickly; the night doctor knows her",
        "action-0-what": "Lactate again",
        "action-0-who": "Nurse",
        "action-0-by": local_minute(now + timedelta(hours=1)),
        "pair-0-if_this": "SpO2 below 92 %",
        "pair-0-then_that": "4 L and call the registrar",
        "call_back": "020 7946 0111",
    }
