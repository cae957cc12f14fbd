"""A person's own turns at a secret address, and a role's as a file: stable, and cancelled once not theirs."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts import services as accounts
from handover.duty import services
from handover.duty.calendars import gathering
from handover.duty.models import CalendarFeed
from handover.duty.services import Wanted, calendars
from ledger.models import Event
from tests.duty.conftest import in_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(actor):
    """address(person): the path of a new calendar address of theirs."""

    def make(person):
        return reverse("duty:feed", args=[calendars.make_feed(actor(person), key=uuid4())])

    return make


def events_at(path):
    response = Client().get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/calendar")
    return {str(event["UID"]): event for event in Calendar.from_ical(response.content).walk("VEVENT")}


def whole_second(moment):
    """A calendar's text knows no shorter time."""
    return moment.replace(microsecond=0)


def test_a_calendar_program_fetches_the_persons_turns_without_a_session(address, role, hold, amara):
    change = hold(role, amara, starts=in_hours(24))
    (event,) = events_at(address(amara)).values()
    assert str(event["SUMMARY"]) == "Charge nurse"
    assert event["DTSTART"].dt == whole_second(change.starts)
    assert event["DTEND"].dt == whole_second(change.ends)
    assert str(event["STATUS"]) == "CONFIRMED"


def test_it_names_no_colleague_and_no_patient(address, role, rotate, amara, lee, noor, patient):
    # The secret may end up in a calendar program of another house: what it can show is the person's own.
    rotate(role, amara, lee, noor)
    text = Client().get(address(amara)).content.decode()
    assert "BEGIN:VEVENT" in text
    for word in ("Sparrowhawk", "Wintergreen", "FENWICKLE", "mailto", str(patient.pk)):
        assert word not in text


def test_the_zone_of_the_ward_is_explained_in_it(address, role, rotate, amara):
    rotate(role, amara)
    text = Client().get(address(amara)).content.decode()
    assert "BEGIN:VTIMEZONE" in text
    assert "TZID:Europe/London" in text


def test_a_turn_that_a_colleague_took_is_cancelled_under_its_own_identity(actor, address, role, hold, amara, lee):
    path, change = address(amara), hold(role, amara, starts=in_hours(24))
    ((uid, before),) = events_at(path).items()
    wanted = Wanted(change.starts, change.ends, [lee.pk])
    request = services.ask_cover(actor(amara), key=uuid4(), role_id=role.pk, wanted=wanted)
    services.accept_cover(actor(lee), key=uuid4(), request_id=request.pk)
    after = events_at(path)[uid]
    assert str(after["STATUS"]) == "CANCELLED"
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert events_at(address(lee)).keys() != {uid}
    services.undo_cover(actor(lee), key=uuid4(), request_id=request.pk)
    again = events_at(path)[uid]
    assert str(again["STATUS"]) == "CONFIRMED"
    assert again["SEQUENCE"] > after["SEQUENCE"]


def test_the_same_turns_keep_their_identity_from_day_to_day(role, rotate, amara, lee):
    rotate(role, amara, lee)
    now = timezone.now()
    today = {turn.uid: turn for turn in gathering.turns_for(amara, at=now)}
    tomorrow = {turn.uid: turn for turn in gathering.turns_for(amara, at=now + timedelta(days=1, hours=5))}
    both = today.keys() & tomorrow.keys()
    assert len(both) >= len(today) - 2
    assert all(today[uid] == tomorrow[uid] for uid in both)


def test_where_somebody_else_has_the_middle_both_ends_stay(actor, address, role, hold, amara, lee):
    change = hold(role, amara, starts=in_hours(24), hours=12)
    middle = Wanted(change.starts + timedelta(hours=4), change.starts + timedelta(hours=8), [lee.pk])
    request = services.ask_cover(actor(amara), key=uuid4(), role_id=role.pk, wanted=middle)
    services.accept_cover(actor(lee), key=uuid4(), request_id=request.pk)
    found = sorted(events_at(address(amara)).values(), key=lambda event: event["DTSTART"].dt)
    assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in found] == [
        (whole_second(change.starts), whole_second(middle.starts)),
        (whole_second(middle.ends), whole_second(change.ends)),
    ]


def test_an_address_that_was_ended_or_replaced_opens_nothing(actor, address, amara):
    first = address(amara)
    second = address(amara)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    calendars.end_feed(actor(amara), key=uuid4())
    assert Client().get(second).status_code == 404


def test_a_made_up_token_and_somebody_who_left_get_the_same_answer(actor, admin_person, address, amara):
    # A leaver's calendar must not go on telling who holds what; and the answer tells nobody that there was one.
    path = address(amara)
    accounts.disable_person(actor(admin_person), key=uuid4(), person_id=amara.pk)
    left, made_up = Client().get(path), Client().get(reverse("duty:feed", args=["made-up"]))
    assert (left.status_code, made_up.status_code) == (404, 404)


def test_the_token_is_kept_as_a_digest_only(actor, amara):
    token = calendars.make_feed(actor(amara), key=uuid4())
    assert token.encode() not in bytes(CalendarFeed.objects.get().digest)
    assert len(token) >= 43


def test_each_fetch_is_on_the_record_as_the_persons(address, amara):
    path = address(amara)
    events_at(path)
    (event,) = Event.objects.filter(event="calendar.read", agent_id=amara.pk)
    assert str(event.outcome) == "success"


def test_the_page_shows_the_address_once(client, sign_in, amara):
    sign_in(client, amara)
    url, key = reverse("duty:calendar"), str(uuid4())
    page = client.post(url, {"key": key}).content.decode()
    assert "/duty/calendar/" in page
    assert ".ics" in page
    assert ".ics" not in client.get(url).content.decode()
    assert "was shown already" in client.post(url, {"key": key}, follow=True).content.decode()
    page = client.post(reverse("duty:end_calendar"), {"key": str(uuid4())}, follow=True).content.decode()
    assert "opens nothing any more" in page


def test_the_lead_takes_a_roles_turns_as_a_file_and_nobody_else_does(
    client, sign_in, role, rotate, amara, lee, admin_person
):
    rotate(role, amara, lee)
    sign_in(client, lee)
    assert client.get(reverse("duty:role_calendar", args=[role.pk])).status_code == 403
    client.logout()
    sign_in(client, admin_person)
    response = client.get(reverse("duty:role_calendar", args=[role.pk]))
    assert "Lee Sparrowhawk" in response.content.decode()
    assert Event.objects.filter(event="calendar.exported", agent_id=admin_person.pk).count() == 1
