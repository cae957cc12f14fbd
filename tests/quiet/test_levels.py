"""What a level asks is a unit's choice within bounds that the database holds; and messages and pages go by it."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from accounts.models import Membership
from handover.paging.quiet import services
from handover.paging.quiet.models import Interruption, QuietHours, UnitLevel
from handover.paging.quiet.selectors import levels_of
from handover.paging.quiet.services import Chosen
from handover.paging.rules import LEVELS, Level
from ledger.models import Event
from live.refusals import Denied, Invalid, NotFound
from tests.paging.conftest import fresh

pytestmark = pytest.mark.django_db
SOON = Chosen(timedelta(minutes=3), "once_loud", breaks_quiet_hours=True)


@pytest.fixture
def choose(actor, admin_person):
    def set_it(unit, level, chosen, by=None):
        services.set_level(actor(by or admin_person), key=uuid4(), unit_id=unit.pk, level=level, chosen=chosen)

    return set_it


def post(client, name, *args, **fields):
    return client.post(reverse(name, args=args), {"key": str(uuid4()), **fields})


def test_a_unit_begins_with_the_standard_and_comes_back_to_it(choose, emergency, ward):
    assert levels_of(emergency.pk) == LEVELS
    choose(emergency, "urgent", SOON)
    assert levels_of(emergency.pk)[Level.URGENT].acknowledge_within == timedelta(minutes=3)
    assert levels_of(ward.pk) == LEVELS
    choose(emergency, "urgent", None)
    assert levels_of(emergency.pk) == LEVELS
    # What counted before stays, with who chose it and when it ended.
    assert UnitLevel.objects.get().ended is not None
    assert Event.objects.filter(event="quiet.level_set", entity_id=emergency.pk).count() == 2


def test_its_lead_and_an_administrator_choose_and_nobody_else(choose, other_ward, lead, lee, amara):
    choose(other_ward, "urgent", SOON, by=lee)
    with pytest.raises(Denied):
        choose(other_ward, "urgent", SOON, by=amara)
    with pytest.raises(NotFound):
        choose(type(other_ward)(pk=uuid4()), "urgent", SOON)


@pytest.mark.parametrize(
    ("level", "chosen"),
    [
        ("emergency", Chosen(timedelta(minutes=2), "silent", breaks_quiet_hours=True)),
        ("emergency", Chosen(timedelta(minutes=2), "once", breaks_quiet_hours=True)),
        ("emergency", Chosen(timedelta(minutes=2), "repeated", breaks_quiet_hours=False)),
        ("emergency", Chosen(timedelta(minutes=30), "repeated", breaks_quiet_hours=True)),
        ("urgent", Chosen(timedelta(minutes=5), "once_loud", breaks_quiet_hours=False)),
        ("urgent", Chosen(timedelta(minutes=5), "silent", breaks_quiet_hours=True)),
        ("needs_action", Chosen(timedelta(hours=12), "once", breaks_quiet_hours=False)),
        ("fyi", Chosen(timedelta(minutes=5), "once", breaks_quiet_hours=False)),
    ],
)
def test_what_a_level_does_not_allow_is_refused_by_the_act_and_by_the_database(
    choose, emergency, admin_person, level, chosen
):
    # An alert that a unit has silenced is one that nobody hears: the act says so, and behind it the database.
    with pytest.raises(Invalid):
        choose(emergency, level, chosen)
    held = {"sound": chosen.sound, "breaks_quiet_hours": chosen.breaks_quiet_hours}
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitLevel.objects.create(
            unit=emergency, level=level, acknowledge_within=chosen.acknowledge_within, made_by=admin_person, **held
        )


@pytest.mark.parametrize(("starts", "ends"), [(time(7), time(22)), (time(19), time(8)), (time(7), time(7))])
def test_quiet_hours_of_more_than_half_a_day_are_refused_by_the_act_and_by_the_database(
    actor, emergency, admin_person, starts, ends
):
    hours = {"starts": starts, "ends": ends}
    with pytest.raises(Invalid):
        services.set_unit_hours(actor(admin_person), key=uuid4(), unit_id=emergency.pk, **hours)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuietHours.objects.create(unit=emergency, made_by=admin_person, **hours)


def test_what_alerted_whom_is_written_once(say, amara, between_two):
    # Whoever alerts too often cannot make it fewer afterwards.
    say(amara, between_two, level="urgent")
    for statement in ("UPDATE quiet_interruption SET level = 'needs_action'", "DELETE FROM quiet_interruption"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert Interruption.objects.get().level == "urgent"


def test_a_page_climbs_by_what_its_units_level_asks(choose, page_out, other_ward):
    choose(other_ward, "urgent", SOON)
    page = page_out("urgent")
    assert {step["wait_s"] for step in fresh(page).steps} == {180}


def test_a_message_keeps_what_it_asked_when_it_was_sent(choose, say, amara, emergency, between_two):
    choose(emergency, "urgent", SOON)
    say(amara, between_two, level="urgent")
    choose(emergency, "urgent", None)
    assert Interruption.objects.get().acknowledge_within == timedelta(minutes=3)


def test_the_lead_keeps_a_level_and_quiet_hours_on_a_page(browser, admin_person, emergency):
    client = browser(admin_person)
    posted = {"level": "needs_action", "within": "45", "sound": "silent", "held": "1"}
    assert post(client, "quiet:levels", emergency.pk, **posted).status_code == 303
    row = UnitLevel.objects.get(ended=None)
    assert (row.acknowledge_within, row.sound, row.breaks_quiet_hours) == (timedelta(minutes=45), "silent", False)
    assert post(client, "quiet:unit_hours", emergency.pk, starts="22:00", ends="07:00").status_code == 303
    text = client.get(reverse("quiet:levels", args=[emergency.pk])).content.decode()
    assert "22:00–07:00" in text
    assert "set by the unit" in text


@pytest.mark.parametrize("within", ["", "nan", "inf", "soon", "-3", "9e9", "5\u202e"])
def test_what_is_no_time_is_said_and_changes_nothing(browser, admin_person, emergency, within):
    answer = post(
        browser(admin_person), "quiet:levels", emergency.pk, level="emergency", within=within, sound="repeated"
    )
    assert answer.status_code == 422
    assert "Between 1 and 5 minutes." in answer.content.decode()
    assert not UnitLevel.objects.exists()


@pytest.mark.parametrize(
    "times", [("22:00", ""), ("", "07:00"), ("25:00", "07:00"), ("22:00", "x"), ("22:00", "21:00")]
)
def test_hours_that_are_none_are_said(browser, admin_person, emergency, times):
    answer = post(browser(admin_person), "quiet:unit_hours", emergency.pk, starts=times[0], ends=times[1])
    assert (answer.status_code, QuietHours.objects.count()) == (422, 0)


def test_a_person_chooses_their_own_hours_and_leaves_them_again(browser, tove):
    client = browser(tove)
    assert post(client, "quiet:own", how="own", starts="21:00", ends="06:00").status_code == 303
    assert "21:00" in client.get("/quiet/").content.decode()
    assert post(client, "quiet:own", how="own", starts="21:00", ends="").status_code == 422
    assert post(client, "quiet:own", how="none").status_code == 303
    assert QuietHours.objects.get(ended=None).starts is None
    assert post(client, "quiet:own", how="unit").status_code == 303
    assert not QuietHours.objects.filter(ended=None).exists()


def test_who_writes_sees_how_often_somebody_was_alerted_before_they_send(browser, say, amara, tove, between_two):
    Membership.objects.get_or_create(person=tove, unit=amara.memberships.get().unit)
    for _time in range(6):
        say(amara, between_two, level="urgent")
    text = browser(amara).get(f"/messages/{between_two.pk}/").content.decode()
    assert "already 6 alerts this hour: can it wait?" in text
