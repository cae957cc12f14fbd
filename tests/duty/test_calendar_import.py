"""A file becomes turns of one role: seen first, then set all together or not at all."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from handover.duty.calendars import gathering, reading, writing
from handover.duty.models import ScheduleChange
from handover.duty.selectors import schedule_of
from handover.duty.services import calendars
from handover.duty.services.calendars import Put
from handover.duty.views.calendars import zone
from live.models import InboxItem
from live.refusals import Denied, Invalid
from tests.duty.conftest import holder, in_hours

pytestmark = pytest.mark.django_db


def a_file(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//", *events, "END:VCALENDAR", ""]
    return SimpleUploadedFile("rota.ics", "\r\n".join(lines).encode(), content_type="text/calendar")


def turn(start, *, hours=8, title="Charge nurse", more=()):
    begin, end = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in (start, start + timedelta(hours=hours)))
    lines = [f"UID:{uuid4()}", f"DTSTART:{begin}", f"DTEND:{end}", f"SUMMARY:{title}", *more]
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


@pytest.fixture
def office(client, sign_in, admin_person):
    sign_in(client, admin_person)
    return client


@pytest.fixture
def tomorrow():
    return timezone.now().replace(microsecond=0) + timedelta(days=1)


def text(response):
    return response.content.decode()


def test_nothing_is_set_before_the_lead_has_seen_it(office, role, amara, lee, tomorrow):
    url = reverse("duty:import", args=[role.pk])
    file = a_file(
        turn(tomorrow, title="Charge nurse: Amara Thistledown"),
        turn(tomorrow + timedelta(days=1), more=["ATTENDEE;CN=Lee:mailto:LEE@readback.example"]),
    )
    response = office.post(url, {"key": str(uuid4()), "file": file, "person": ""})
    assert "2 turns would be set" in text(response)
    assert not ScheduleChange.objects.exists()
    told = {"key": str(uuid4()), "raw": response.context["raw"], "person": "", "set": "1"}
    assert "2 turns were set" in text(office.post(url, told, follow=True))
    assert holder(role, at=tomorrow) == amara.pk
    assert holder(role, at=tomorrow + timedelta(days=1)) == lee.pk
    assert InboxItem.objects.filter(person_id=lee.pk, event="role.set").count() == 1


def test_sent_twice_it_is_set_once(office, role, amara, tomorrow):
    url, file = reverse("duty:import", args=[role.pk]), a_file(turn(tomorrow))
    response = office.post(url, {"key": str(uuid4()), "file": file, "person": str(amara.pk)})
    told = {"key": str(uuid4()), "raw": response.context["raw"], "person": str(amara.pk), "set": "1"}
    for _ in range(2):
        office.post(url, told, follow=True)
    assert ScheduleChange.objects.count() == 1


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "no event"),
        (["BEGIN:VEVENT", "UID:1", "DTSTART;TZID=Nowhere/Here:20300101T000000", "END:VEVENT"], "time zone"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_set(office, role, events, words):
    response = office.post(reverse("duty:import", args=[role.pk]), {"key": str(uuid4()), "file": a_file(*events)})
    assert response.status_code == 422
    assert "Nothing was set" in text(response)
    assert words in text(response)
    assert not ScheduleChange.objects.exists()


@pytest.mark.parametrize("more", [(), ("ATTENDEE:mailto:stranger@elsewhere.example",)])
def test_a_turn_of_nobody_who_can_hold_the_role_stops_the_whole_file(office, role, amara, tomorrow, more):
    file = a_file(
        turn(tomorrow, title="Charge nurse: Amara Thistledown"), turn(in_hours(72), title="Somebody", more=more)
    )
    response = office.post(reverse("duty:import", args=[role.pk]), {"key": str(uuid4()), "file": file})
    assert "nobody of the unit" in text(response)
    assert not ScheduleChange.objects.exists()


def test_script_in_a_title_is_shown_as_text(office, role, tomorrow):
    file = a_file(turn(tomorrow, title="<script>alert(1)</script>"))
    page = text(office.post(reverse("duty:import", args=[role.pk]), {"key": str(uuid4()), "file": file}))
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page


def test_what_was_shown_and_came_back_changed_is_read_anew(office, role, amara):
    # The attack: the hidden field is no trusted copy; it is read, checked and bounded as the file was.
    told = {"key": str(uuid4()), "raw": "no base64!", "person": str(amara.pk), "set": "1"}
    assert office.post(reverse("duty:import", args=[role.pk]), told).status_code == 422
    assert not ScheduleChange.objects.exists()


def test_whoever_does_not_lead_the_unit_sets_nothing(actor, role, lee, tomorrow):
    put = Put(lee.pk, tomorrow, tomorrow + timedelta(hours=8))
    with pytest.raises(Denied):
        calendars.import_turns(actor(lee), key=uuid4(), role_id=role.pk, puts=[put])


def test_the_act_itself_refuses_what_no_file_could_ask_for(actor, admin_person, role, amara, agent_person, tomorrow):
    def put(person, start, hours=8):
        return Put(person.pk, start, start + timedelta(hours=hours))

    for puts in (
        [],
        [put(agent_person, tomorrow)],
        [put(amara, tomorrow), put(amara, tomorrow + timedelta(hours=4))],
        [put(amara, tomorrow - timedelta(days=3))],
        [put(amara, tomorrow, hours=-1)],
    ):
        with pytest.raises(Invalid):
            calendars.import_turns(actor(admin_person), key=uuid4(), role_id=role.pk, puts=puts)


def test_a_file_that_was_written_here_sets_the_same_schedule(actor, admin_person, make_role, rotate, amara, lee, noor):
    first = make_role("Charge nurse")
    rotate(first, amara, lee, noor)
    now = timezone.now()
    raw = writing.written(gathering.turns_of_roles([first], at=now), name="x", zone=zone())
    read = reading.read(raw, zone=zone(), at=now, role_id=str(first.pk))
    by_email = {person.email: person.pk for person in (amara, lee, noor)}
    puts = [Put(by_email[one.email], one.starts, one.ends) for one in read.turns]
    assert read.errors == []
    second = make_role("The same again")
    calendars.import_turns(actor(admin_person), key=uuid4(), role_id=second.pk, puts=puts)
    span = {"starts": now + timedelta(hours=1), "ends": now + timedelta(days=100)}
    held = [[(one.starts, one.ends, one.person_id) for one in schedule_of(role.pk, **span)] for role in (first, second)]
    assert held[0] == held[1]
