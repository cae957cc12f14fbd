"""A file of a whole unit: every role by its name, out and in again; seen first, and set all together or not at all."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from handover.duty.calendars import reading
from handover.duty.models import ScheduleChange
from handover.duty.selectors import schedule_of
from handover.duty.services import calendars
from handover.duty.services.calendars import Put
from handover.duty.views.calendars import zone
from ledger.models import Event
from live.models import InboxItem
from live.refusals import Denied, Invalid, NotFound
from tests.duty.conftest import holder, in_hours
from tests.duty.test_calendar_import import a_file, office, text, tomorrow, turn

__all__ = ["office", "tomorrow"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def charge(make_role):
    return make_role("Charge nurse")


@pytest.fixture
def night(make_role):
    return make_role("Charge nurse, night")


@pytest.fixture
def address(charge, night):
    return reverse("duty:import_unit", args=[charge.unit_id])


def show(office, address, file, **told):
    return office.post(address, {"key": str(uuid4()), "file": file, "person": "", **told})


def set_it(office, address, shown):
    told = {"key": str(uuid4()), "raw": shown.context["raw"], "person": "", "set": "1"}
    return office.post(address, told, follow=True)


def test_each_event_is_of_the_role_that_it_names_and_all_are_set_together(
    office, address, charge, night, amara, lee, tomorrow
):
    file = a_file(
        turn(tomorrow, title="Charge nurse: Amara Thistledown"),
        # At the same time, of another role: no overlap.
        turn(tomorrow, title="Charge nurse, night: Lee Sparrowhawk"),
    )
    shown = show(office, address, file)
    assert "2 turns would be set" in text(shown)
    assert "Charge nurse, night: <b>Lee Sparrowhawk" in text(shown)
    assert not ScheduleChange.objects.exists()
    assert "2 turns were set" in text(set_it(office, address, shown))
    at = tomorrow + timedelta(hours=1)
    assert (holder(charge, at=at), holder(night, at=at)) == (amara.pk, lee.pk)
    assert InboxItem.objects.filter(event="role.set", person_id=lee.pk).count() == 1
    assert Event.objects.filter(event="calendar.imported").count() == 2


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Amara Thistledown", "does not say which role"),
        ("Doctor: Amara Thistledown", "does not say which role"),
        ("Charge nurse: Somebody Else", "nobody of the unit who can hold the role"),
    ],
)
def test_one_event_that_is_not_understood_sets_none(office, address, amara, tomorrow, title, words):
    file = a_file(turn(tomorrow, title="Charge nurse: Amara Thistledown"), turn(in_hours(72), title=title))
    shown = show(office, address, file)
    assert shown.status_code == 422
    assert words in text(shown)
    assert "Nothing was set" in text(shown)
    assert not ScheduleChange.objects.exists()


def test_a_title_that_names_two_roles_is_guessed_at_by_nobody(make_role, address, office, amara, tomorrow):
    make_role("Bed manager")
    file = a_file(turn(tomorrow, title="Charge nurse and bed manager: Amara Thistledown"))
    assert "does not say which role" in text(show(office, address, file))


def test_two_turns_of_one_role_that_meet_are_refused(office, address, amara, lee, tomorrow):
    file = a_file(
        turn(tomorrow, title="Charge nurse: Amara Thistledown"),
        turn(tomorrow + timedelta(hours=1), title="Charge nurse, night: Lee Sparrowhawk"),
        turn(tomorrow + timedelta(hours=2), title="Charge nurse: Lee Sparrowhawk"),
    )
    assert "Two turns lie over one another" in text(show(office, address, file))


def test_what_was_taken_as_a_file_is_read_again_as_the_same_turns(
    office, address, charge, night, rotate, amara, lee, noor
):
    rotate(charge, amara, lee)
    rotate(night, noor, amara, turn_days=3)
    raw = office.get(reverse("duty:unit_calendar", args=[charge.unit_id])).content
    titles = {str(event["SUMMARY"]) for event in Calendar.from_ical(raw).walk("VEVENT")}
    assert {"Charge nurse: Amara Thistledown", "Charge nurse, night: Noor Wintergreen"} <= titles
    now = timezone.now()
    read = reading.read_unit(raw, zone=zone(), at=now, names={str(one.pk): one.name for one in (charge, night)})
    assert read.errors == []
    for role in (charge, night):
        held = schedule_of(role.pk, starts=now + timedelta(days=7), ends=now + timedelta(days=60))
        of_role = [one for one in read.turns if one.role == str(role.pk)]
        inside = {(one.starts, one.ends) for one in of_role}
        assert {(one.starts, one.ends) for one in held[1:-1]} <= inside
    taken = Event.objects.filter(event="calendar.exported")
    assert set(taken.values_list("entity_id", flat=True)) == {charge.pk, night.pk}


def test_a_file_of_a_unit_is_bounded(office, address, tomorrow):
    # The attack: a lead's file that holds everybody else up while it is read.
    huge = SimpleUploadedFile("rota.ics", b"x" * (reading.OF_A_UNIT.bytes + 1))
    assert "at most 512 KiB" in text(show(office, address, huge))
    many = a_file(*(["BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT"] * (reading.OF_A_UNIT.events + 1)))
    assert f"At most {reading.OF_A_UNIT.events} events" in text(show(office, address, many))


def test_only_whoever_plans_the_unit_sets_its_turns_and_only_its_own(
    actor, admin_person, charge, amara, lee, ward, noor, tomorrow
):
    puts = {charge.pk: [Put(amara.pk, tomorrow, tomorrow + timedelta(hours=8))]}
    with pytest.raises(Denied):
        calendars.import_unit(actor(lee), key=uuid4(), unit_id=charge.unit_id, puts=puts)
    # The attack: the roles of one unit by the address of another.
    with pytest.raises(NotFound):
        calendars.import_unit(actor(admin_person), key=uuid4(), unit_id=ward.pk, puts=puts)
    with pytest.raises(Invalid):
        calendars.import_unit(actor(admin_person), key=uuid4(), unit_id=charge.unit_id, puts={})
    assert not ScheduleChange.objects.exists()


def test_a_turn_that_fits_nobody_takes_all_back(actor, admin_person, charge, night, amara, make_person, tomorrow):
    stranger = make_person("sam@readback.example", "Sam Elsewhere", "nurse")
    until = tomorrow + timedelta(hours=8)
    puts = {charge.pk: [Put(amara.pk, tomorrow, until)], night.pk: [Put(stranger.pk, tomorrow, until)]}
    with pytest.raises(Invalid):
        calendars.import_unit(actor(admin_person), key=uuid4(), unit_id=charge.unit_id, puts=puts)
    assert not ScheduleChange.objects.exists()


def test_the_same_file_sent_twice_is_set_once(actor, admin_person, charge, amara, tomorrow):
    puts = {charge.pk: [Put(amara.pk, tomorrow, tomorrow + timedelta(hours=8))]}
    key = uuid4()
    for _ in range(2):
        assert calendars.import_unit(actor(admin_person), key=key, unit_id=charge.unit_id, puts=puts) == 1
    assert ScheduleChange.objects.count() == 1
