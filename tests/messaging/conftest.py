"""Threads for tests: Amara and Tove are nurses of the emergency department, where Odalys FENWICKLE is; Noor is not.

`say(person, thread, text, ...)` sends; `inbox(person)` is what their screen is told.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from live.models import InboxItem


@pytest.fixture
def tove(make_person, emergency):
    return make_person("tove@readback.example", "Tove Alderwick", "physician", unit=emergency)


@pytest.fixture
def open_thread(actor):
    """open_thread(person, person_id=... / role_id=... / patient_id=... / people=..., title=...)"""
    from handover.messaging import services

    def open_it(person, **between):
        return services.open_thread(actor(person), key=uuid4(), between=services.Between(**between))

    return open_it


@pytest.fixture
def between_two(open_thread, amara, tove):
    return open_thread(amara, person_id=tove.pk)


@pytest.fixture
def group(open_thread, amara, tove, noor):
    return open_thread(amara, people=[tove.pk, noor.pk], title="Night team")


@pytest.fixture
def of_patient(open_thread, amara, patient):
    return open_thread(amara, patient_id=patient.pk)


@pytest.fixture
def role(emergency, tove):
    """The doctor on call of the emergency department, which Tove holds until tomorrow."""
    from handover.duty.models import PractitionerRole, ScheduleChange

    row = PractitionerRole.objects.create(unit=emergency, name="Doctor on call")
    now = timezone.now()
    hold(row, tove, now, now + timedelta(hours=20))
    assert ScheduleChange.objects.count() == 1
    return row


def hold(role, person, starts, ends):
    from handover.duty.models import ScheduleChange

    ScheduleChange.objects.create(
        role=role, kind="set", person=person, starts=starts, ends=ends, made=starts, made_by=person
    )


@pytest.fixture
def say(actor):
    """say(person, thread, "text", level="fyi", people=[...], role_id=...): the message."""
    from handover.messaging import services

    def send(person, thread, text="The bed is free", *, level="fyi", people=(), role_id=None, **more):
        if level == "needs_action":
            more.setdefault("needs_by", timezone.now() + timedelta(hours=1))
        return services.send_message(
            actor(person),
            key=more.pop("key", None) or uuid4(),
            thread_id=thread.pk,
            said=services.Said(text, level, **more),
            to=services.To(people, role_id),
        )

    return send


@pytest.fixture
def answer(actor):
    """answer(person, message, "owned"): to the message as it stands."""
    from handover.messaging import services
    from handover.messaging.services.answering import asked_of

    def say(person, message, said="owned", *, revision=None):
        number = asked_of(message)[1] if revision is None else revision
        return services.acknowledge(actor(person), key=uuid4(), message_id=message.pk, answer=said, revision=number)

    return say


def told(person):
    """The events of messages in this person's inbox, oldest first; ladders aside."""
    rows = InboxItem.objects.filter(person_id=person.pk).exclude(event="ladder.climbed").order_by("number")
    return [row.event for row in rows if row.event.split(".")[0] in ("message", "thread")]


def drawn_for(person):
    """What their screen is given, oldest first."""
    from live import drawing

    items = list(InboxItem.objects.filter(person_id=person.pk).order_by("number"))
    views = drawing.draw(items)
    return [views[item.pk] for item in items]
