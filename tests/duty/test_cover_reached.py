"""Cover is not waited for from somebody whom nothing reaches: they are asked, named to whoever asks, and rung up."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from handover.duty import services
from handover.duty.models import CoverAsk
from handover.duty.services import Wanted
from handover.duty.services.cover import UNANSWERED
from live import timers
from live.models import InboxItem
from tests.duty.conftest import in_hours
from tests.duty.test_pages import as_person, text

__all__ = ["as_person"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(actor, make_role, hold, amara):
    """ask(): everybody is asked to cover Amara's turn of tomorrow. Whoever has a page open can be reached."""
    role = make_role()
    change = hold(role, amara, starts=in_hours(24), hours=8)

    def act():
        wanted = Wanted(change.starts, change.ends)
        return services.ask_cover(actor(amara), key=uuid4(), role_id=role.pk, wanted=wanted)

    return act


@pytest.fixture
def lead(make_role, hold, make_person, together, actor):
    """Whoever leads the unit, and is at work: nobody to be asked for cover."""
    person = make_person("sam@readback.example", "Sam Hollybush", "nurse", unit=together)
    hold(make_role("Lead nurse", is_lead=True), person, hours=30)
    return person


def told(person, event):
    return InboxItem.objects.filter(person_id=person.pk, event=event).count()


def test_who_cannot_be_reached_is_asked_all_the_same_and_named_to_whoever_asks(
    as_person, actor, ask, lead, amara, lee, noor
):
    actor(noor)
    request = ask()
    assert dict(request.asks.values_list("person_id", "was_reachable")) == {noor.pk: True, lee.pk: False}
    assert (told(lee, "cover.asked"), told(noor, "cover.asked")) == (1, 1)
    page = text(as_person(amara).get(reverse("duty:own")))
    assert "Lee Sparrowhawk cannot be reached by Readback now: ring them" in page
    assert 'href="tel:02079460122"' in page
    assert "Noor Wintergreen cannot" not in page
    # Once they have answered there is nobody to be rung up.
    services.decline_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert "cannot be reached" not in text(as_person(amara).get(reverse("duty:own")))


def test_when_all_who_could_be_reached_have_said_no_nobody_waits_for_the_others(actor, ask, lead, amara, lee, noor):
    actor(noor)
    request = ask()
    services.decline_cover(actor(noor), key=uuid4(), request_id=request.pk)
    assert (told(lead, UNANSWERED), told(amara, UNANSWERED)) == (1, 1)
    # It is open for them still.
    services.accept_cover(actor(lee), key=uuid4(), request_id=request.pk)
    assert CoverAsk.objects.get(person=lee).answer == "yes"


@pytest.mark.django_db(transaction=True)
def test_where_nobody_can_be_reached_all_are_asked_and_the_lead_hears_at_once(ask, lead, amara, lee, noor):
    request = ask()
    assert request.asks.count() == 2
    assert set(request.asks.values_list("was_reachable", flat=True)) == {False}
    timers.run_due()
    assert (told(lead, UNANSWERED), told(amara, UNANSWERED)) == (1, 1)


def test_a_swap_is_offered_with_whoever_can_be_reached_first(as_person, actor, make_role, hold, amara, lee, noor):
    role = make_role()
    hold(role, amara, starts=in_hours(24), hours=8)
    hold(role, lee, starts=in_hours(72), hours=8)
    hold(role, noor, starts=in_hours(120), hours=8)
    actor(noor)
    page = text(as_person(amara).get(reverse("duty:swap", args=[role.pk])))
    assert page.index("Noor Wintergreen") < page.index("Lee Sparrowhawk")
    assert page.count("cannot be reached by Readback now") == 1


def test_a_proof_that_failed_asks_by_the_same_way(actor, make_role, hold, lead, amara, lee, noor):
    from handover.duty.models import ReachProof
    from handover.duty.services import proof
    from handover.duty.services.proof import _ask_cover

    role = make_role()
    hold(role, amara, starts=in_hours(1), hours=8)
    actor(lee)
    turn = role.changes.get()
    row = ReachProof.objects.create(role=role, person=amara, starts=turn.starts, asked=timezone.now())
    with transaction.atomic():
        _ask_cover(row, proof._turn(row), at=timezone.now())
    assert dict(CoverAsk.objects.values_list("person_id", "was_reachable")) == {lee.pk: True, noor.pk: False}
