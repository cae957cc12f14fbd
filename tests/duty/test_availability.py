"""Who is busy, off duty or gone is not reached as themselves, and whoever writes to them is shown who is instead."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Duty
from handover.duty import rules
from handover.duty.instead import reached_instead
from handover.duty.models import Availability
from handover.duty.rules import Known, Said
from handover.duty.services import availability
from handover.duty.services.availability import NotReached
from ledger.models import Event
from live.refusals import Conflict, Invalid
from tests.duty.conftest import in_hours

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ids = st.integers(0, 6).map(lambda number: UUID(int=number))


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (Known(works_here=False, is_on=True), "left"),
        (Known(works_here=True, is_on=True), "available"),
        (Known(works_here=True, is_on=False), "off"),
        (Known(works_here=True, is_on=False, has_shifts=False), "available"),
        (Known(works_here=True, is_on=True, said=Said("busy", NOON + timedelta(minutes=1))), "busy"),
        (Known(works_here=True, is_on=True, said=Said("busy", NOON)), "available"),
        (Known(works_here=True, is_on=True, said=Said("off")), "off"),
    ],
)
def test_how_somebody_stands_follows_from_what_is_known_of_them(known, found):
    assert rules.standing(known, at=NOON) == found


@given(st.lists(ids), st.sets(ids), ids)
def test_only_somebody_else_who_is_available_is_named(candidates, available, but):
    found = rules.first_available(candidates, but=but, stands=lambda each: "available" if each in available else "busy")
    fitting = [each for each in candidates if each in available and each != but]
    assert found == (fitting[0] if fitting else None)


def said(actor, person, kind="busy", *, hours=1, cover=None):
    until = in_hours(hours) if kind == "busy" else None
    told = NotReached(kind, until, cover.pk if cover else None)
    return availability.say_not_reached(actor(person), key=uuid4(), said=told)


def instead(person):
    return reached_instead(person.pk, at=timezone.now())


@pytest.mark.django_db
class TestInstead:
    def test_whoever_is_on_duty_is_reached_themselves(self, together, amara):
        assert instead(amara) is None

    def test_whoever_is_busy_names_who_is_reached_and_for_how_long(self, actor, together, amara, lee):
        row = said(actor, amara, cover=lee)
        found = instead(amara)
        assert (found.why, found.until, found.person) == ("busy", row.until, lee)
        availability.say_back(actor(amara), key=uuid4())
        assert instead(amara) is None

    def test_a_cover_who_is_busy_too_is_passed_over_for_who_covers_the_role(
        self, actor, make_role, hold, amara, lee, noor
    ):
        backup = make_role("Backup")
        hold(make_role("Charge nurse", covered_by=backup.pk), amara)
        hold(backup, noor)
        said(actor, amara, cover=lee)
        said(actor, lee)
        assert instead(amara).person == noor

    def test_two_who_cover_each_other_end_with_nobody(self, actor, together, amara, lee):
        said(actor, amara, cover=lee)
        said(actor, lee, cover=amara)
        assert instead(amara).person is None

    def test_off_duty_is_covered_by_whoever_holds_now_what_they_hold_in_turn(self, role, rotate, amara, lee):
        # Amara's day is today and Lee's tomorrow: today Lee is off.
        rotate(role, amara, lee)
        Duty.objects.filter(person=lee).delete()
        found = instead(lee)
        assert (found.why, found.person) == ("off", amara)

    def test_without_a_role_the_lead_of_the_unit_is_reached(self, make_role, hold, amara, noor):
        hold(make_role("Lead nurse", is_lead=True), noor)
        Duty.objects.filter(person=amara).delete()
        assert instead(amara).person == noor

    def test_whoever_left_is_covered_and_whoever_has_no_shifts_is_never_off(self, together, amara, admin_person):
        amara.is_active = False
        amara.save()
        assert instead(amara).why == "left"
        assert instead(admin_person) is None

    def test_an_unknown_person_is_answered_like_one_who_left(self, db):
        found = reached_instead(uuid4(), at=timezone.now())
        assert (found.why, found.person) == ("left", None)


@pytest.mark.django_db
class TestSaying:
    def test_a_role_that_may_never_be_empty_stays_with_somebody_who_is_reached(
        self, actor, make_role, hold, amara, lee
    ):
        # The attack: whoever holds the arrest team's role goes off duty, and its page rings for nobody.
        hold(make_role("Arrest team", is_safety_critical=True), amara)
        with pytest.raises(Conflict, match="Leave it"):
            said(actor, amara, "off")
        with pytest.raises(Conflict, match="nobody would be reached"):
            said(actor, amara)
        assert not Availability.objects.exists()
        said(actor, amara, cover=lee)
        assert instead(amara).person == lee

    @pytest.mark.parametrize("hours", [-1, 13])
    def test_busy_has_an_end_within_twelve_hours(self, actor, together, amara, hours):
        with pytest.raises(Invalid):
            said(actor, amara, hours=hours)

    def test_nobody_covers_for_themselves_and_no_office_does(self, actor, together, amara, admin_person):
        for cover in (amara, admin_person):
            with pytest.raises(Invalid):
                said(actor, amara, cover=cover)

    def test_said_anew_it_is_the_last_word(self, actor, together, amara, lee):
        said(actor, amara)
        said(actor, amara, "off", cover=lee)
        assert Availability.objects.filter(ended__isnull=True).count() == 1
        assert instead(amara).why == "off"

    def test_it_is_on_the_record_without_a_word_about_why(self, actor, together, amara):
        row = said(actor, amara)
        (event,) = Event.objects.filter(event="availability.said", agent_id=amara.pk)
        assert event.detail == {"kind": "busy", "until": row.until.isoformat()}


@pytest.mark.django_db
def test_my_duty_says_whether_i_am_reached_and_who_is_instead(client, sign_in, together, amara, lee):
    sign_in(client, amara)
    page = client.get(reverse("duty:own")).content.decode()
    assert "Yes: you are available" in page
    told = {"key": str(uuid4()), "how": "60", "cover": str(lee.pk)}
    page = client.post(reverse("duty:not_reached"), told, follow=True).content.decode()
    assert "Whoever writes to you is shown Lee Sparrowhawk instead" in page
    page = client.get(reverse("directory:find"), {"q": "amara"}).content.decode()
    assert "busy until" in page
    page = client.post(reverse("duty:back"), {"key": str(uuid4())}, follow=True).content.decode()
    assert "Yes: you are available" in page


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["", "7", "for ever"])
def test_a_time_that_is_none_is_refused(client, sign_in, amara, how):
    sign_in(client, amara)
    assert client.post(reverse("duty:not_reached"), {"key": str(uuid4()), "how": how}).status_code == 422


@pytest.mark.django_db
def test_the_holder_of_a_role_who_is_busy_stands_in_the_directory_with_who_is_reached(
    client, sign_in, actor, role, hold, amara, lee
):
    hold(role, amara)
    said(actor, amara, cover=lee)
    sign_in(client, lee)
    page = client.get(reverse("directory:find"), {"q": "charge nurse"}).content.decode()
    assert "reach Lee Sparrowhawk 020 7946 0122" in page


@pytest.mark.django_db
def test_whoever_writes_to_a_colleague_sees_before_sending_who_is_reached_instead(
    client, sign_in, actor, together, amara, lee, noor
):
    said(actor, amara, cover=lee)
    sign_in(client, noor)
    page = client.get(reverse("messaging:new"), {"q": "amara"}).content.decode()
    assert "Lee Sparrowhawk stands in" in page
    Duty.objects.filter(person=noor).delete()
    client.logout()
    sign_in(client, lee)
    assert "off duty" in client.get(reverse("messaging:new"), {"q": "noor"}).content.decode()
    availability.say_back(actor(amara), key=uuid4())
    assert "stands in" not in client.get(reverse("messaging:new"), {"q": "amara"}).content.decode()
