"""Who is asked to cover is rung, also where the phone is locked; in quiet hours only for what begins soon."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from handover.duty import services
from handover.duty.models import CoverRequest, ReachProof
from handover.duty.selectors import open_requests
from handover.duty.services import InReturn, Wanted, proof
from handover.duty.services.ringing import KIND
from handover.paging.quiet.models import Interruption
from handover.paging.quiet.services import set_own_hours
from handover.reach import channels
from handover.reach.models import Channel, Delivery
from handover.reach.push.events import way_to
from handover.reach.push.selectors import waiting_for
from live import ladder
from live.inbox import Subject
from live.models import InboxItem, Rung
from tests.duty.conftest import in_hours

pytestmark = pytest.mark.django_db
EVERY_WAY = ["push", "sms", "voice"]


@pytest.fixture(autouse=True)
def everybody_is_reached(monkeypatch):
    """Devices, text messages and calls are set up, and everybody has all of them."""

    class Anybody:
        def __init__(self, channel):
            self.channel = channel

        def reaches(self, person_ids):
            return set(person_ids)

        proves = reaches

    found = {each: Anybody(each) for each in (Channel.PUSH, Channel.SMS, Channel.VOICE)}
    monkeypatch.setattr(channels, "configured", lambda: found)


@pytest.fixture
def ask(actor, make_role, hold, amara):
    """ask(hours): everybody is asked to cover Amara's turn, which begins in so many hours."""

    def act(hours=48, people=(), in_return=None):
        role = make_role(f"Role in {hours} hours")
        change = hold(role, amara, starts=in_hours(hours), hours=8)
        wanted = Wanted(change.starts, change.ends, [each.pk for each in people], in_return)
        return services.ask_cover(actor(amara), key=uuid4(), role_id=role.pk, wanted=wanted)

    return act


@pytest.fixture
def quiet(actor):
    """quiet(person): they are in quiet hours of their own, for four more hours."""

    def choose(person):
        now = timezone.localtime()
        starts, ends = now - timedelta(hours=2), now + timedelta(hours=4)
        set_own_hours(actor(person), key=uuid4(), is_own=True, starts=starts.time(), ends=ends.time())
        return ends

    return choose


def rung(request, person, state="waiting"):
    rows = Delivery.objects.filter(subject_kind=KIND, subject_id=request.pk, person=person, state=state)
    return list(rows.order_by("channel").values_list("channel", flat=True))


def test_each_who_is_asked_is_rung_and_nobody_else(ask, amara, lee, noor):
    request = ask()
    assert (rung(request, lee), rung(request, noor)) == (EVERY_WAY, EVERY_WAY)
    assert not Delivery.objects.exclude(person__in=[lee, noor]).exists()
    first, *later = Delivery.objects.filter(person=lee).order_by("due")
    assert (first.channel, first.unless_on_device) == ("push", False)
    assert [row.unless_on_device for row in later] == [True, True]


def test_a_swap_rings_the_one_colleague(ask, make_role, hold, lee, noor):
    theirs = make_role("Theirs")
    back = hold(theirs, lee, starts=in_hours(120), hours=8)
    request = ask(people=[lee], in_return=InReturn(theirs.pk, back.starts, back.ends))
    assert (rung(request, lee), rung(request, noor)) == (EVERY_WAY, [])


def test_the_cover_of_a_gap_rings_as_well(actor, admin_person, make_role, lee, noor):
    role, wanted = make_role("Bed manager"), Wanted(in_hours(48), in_hours(56))
    request = services.ask_cover(actor(admin_person), key=uuid4(), role_id=role.pk, wanted=wanted)
    assert (rung(request, lee), rung(request, noor)) == (EVERY_WAY, EVERY_WAY)


def test_so_does_the_cover_that_is_asked_for_where_a_proof_failed(make_role, hold, amara, lee, noor):
    role = make_role("Arrest team", is_safety_critical=True)
    change = hold(role, amara, starts=in_hours(1))
    row = ReachProof.objects.create(role=role, person=amara, starts=change.starts, asked=timezone.now())
    with transaction.atomic():
        proof.over(row.pk)
    request = CoverRequest.objects.get()
    assert (rung(request, lee), rung(request, noor)) == (EVERY_WAY, EVERY_WAY)


def test_asked_twice_with_one_key_it_rings_once(actor, make_role, hold, amara, lee):
    role, key = make_role(), uuid4()
    change = hold(role, amara, starts=in_hours(48), hours=8)
    for _time in range(2):
        wanted = Wanted(change.starts, change.ends)
        request = services.ask_cover(actor(amara), key=key, role_id=role.pk, wanted=wanted)
    assert rung(request, lee) == EVERY_WAY


def test_who_says_no_is_rung_no_more_and_the_others_are(ask, actor, lee, noor):
    request = ask()
    services.decline_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert (rung(request, lee), rung(request, lee, "dropped")) == ([], EVERY_WAY)
    assert rung(request, noor) == EVERY_WAY


def test_when_one_takes_it_nobody_is_rung_any_more(ask, actor, lee, noor):
    request = ask()
    services.accept_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert (rung(request, lee), rung(request, noor)) == ([], [])


def test_when_it_is_withdrawn_nobody_is_rung_any_more(ask, actor, amara, lee, noor):
    request = ask()
    services.withdraw_cover(actor(amara), key=uuid4(), request_id=request.pk)
    assert (rung(request, lee), rung(request, noor)) == ([], [])


def test_whoever_is_in_quiet_is_rung_when_it_ends_and_the_others_at_once(ask, quiet, lee, noor):
    ends = quiet(lee)
    request = ask(hours=48)
    assert rung(request, lee) == EVERY_WAY
    held = Delivery.objects.filter(person=lee).order_by("due").first()
    assert abs(held.due - ends) < timedelta(minutes=1)
    assert Delivery.objects.filter(person=noor).order_by("due").first().due < timezone.now() + timedelta(minutes=1)
    # It counts among what has alerted them, as everything does.
    assert Interruption.objects.get(person=lee).held_until == held.due


def test_a_turn_that_begins_within_twelve_hours_breaks_into_quiet_hours(ask, quiet, lee):
    quiet(lee)
    ask(hours=11)
    assert Delivery.objects.filter(person=lee).order_by("due").first().due < timezone.now() + timedelta(minutes=1)
    assert Interruption.objects.get(person=lee).is_break


def test_a_notification_opens_what_one_is_asked_and_what_is_sent_says_nothing_of_it(ask, lee):
    request = ask()
    assert way_to(KIND, request.pk) == reverse("duty:own")
    assert "Role in 48 hours" not in str(list(Delivery.objects.values()))


def test_a_page_that_shows_it_says_so_and_nobody_else_watches_that(ask, lee):
    request = ask()
    item = InboxItem.objects.get(person_id=lee.pk, event="cover.asked")
    assert (item.climbs, item.sender_id) == (True, lee.pk)
    with transaction.atomic():
        assert ladder.reach(Rung.Name.ON_DEVICE, subject=Subject(KIND, request.pk), person_id=lee.pk) is not None


def test_only_what_can_still_be_taken_is_counted_on_a_device(ask, actor, amara, lee, noor):
    request = ask()
    assert open_requests([request.pk]) == {request.pk}
    assert waiting_for([lee.pk, noor.pk]) == {lee.pk: 1, noor.pk: 1}
    services.decline_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert waiting_for([lee.pk, noor.pk]) == {noor.pk: 1}
    Delivery.objects.update(state="sent", sent=timezone.now())
    services.withdraw_cover(actor(amara), key=uuid4(), request_id=request.pk)
    assert open_requests([request.pk]) == set()
    assert waiting_for([noor.pk]) == {}
