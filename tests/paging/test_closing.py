"""Nothing fires again months later: a page that nobody owns and nobody needs is closed, and its sender told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.paging import services
from handover.paging.models import Page, PageAsk
from handover.paging.rules import Answer, End, is_forgotten
from handover.paging.rules import Page as Climbed
from handover.paging.services import closing
from handover.paging.services.ground import FORGOTTEN
from handover.patients.models import Encounter
from handover.reach.models import Delivery
from handover.reach.outbox import claim, drop_needless
from ledger.models import Event
from live import drawing, timers
from live.models import InboxItem, Timer
from live.refusals import Conflict
from tests.paging.conftest import asked, fresh, time_passes, told

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def leaves(patient):
    Encounter.objects.filter(patient=patient, status="active").update(status="finished", ended=timezone.now())


def looked():
    """The watcher looks, and what it found fires."""
    closing.look()
    timers.run_due()


@pytest.fixture
def unreached(page_out):
    """unreached(answer): a page whose last step went by; `answer(page)` is what somebody said to its first."""

    def send(answer=None):
        page = page_out()
        if answer is not None:
            answer(page)
        for _ in range(3):
            time_passes(6)
        assert fresh(page).state == Page.State.NOBODY
        return page

    return send


@pytest.mark.parametrize(
    ("hours", "has_left", "is_closed"),
    [(0.5, True, False), (2, True, True), (2, False, False), (23, False, False), (25, False, True)],
)
def test_it_closes_a_day_after_its_last_step_or_an_hour_where_the_patient_has_left(hours, has_left, is_closed):
    page = Climbed(end=End.NOBODY)
    assert is_forgotten(page, since=NOW - timedelta(hours=hours), at=NOW, has_left=has_left) is is_closed
    assert not is_forgotten(Climbed(end=End.OWNED), since=NOW - timedelta(days=90), at=NOW, has_left=True)


def test_of_who_has_left_it_is_closed_with_a_summary_for_whoever_sent_it(unreached, answer, amara, noor, patient):
    page = unreached(lambda sent: answer(noor, sent, Answer.PASSES))
    leaves(patient)
    looked()
    assert fresh(page).state == Page.State.NOBODY
    time_passes(70)
    looked()
    page = fresh(page)
    assert (page.state, page.closed_by, told(amara, "paging.closed")) == ("withdrawn", "left", 1)
    item = InboxItem.objects.get(person_id=amara.pk, event="paging.closed")
    assert "2 people were asked, and 1 said that they cannot" in drawing.draw([item])[item.pk]["line"]
    closed = Event.objects.get(event="paging.closed")
    assert (closed.entity_id, closed.patient_id, closed.reason) == (page.pk, patient.pk, "left")


def test_a_page_that_nobody_answered_for_a_day_is_closed_and_says_so(unreached, client, sign_in, amara, answer, noor):
    page = unreached()
    time_passes(25 * 60)
    looked()
    assert fresh(page).closed_by == "late"
    sign_in(client, amara)
    shown = client.get(f"/p/{page.pk}/").content.decode()
    assert "Closed: nobody owned it" in shown
    assert "people were asked, and nobody answered" in shown
    with pytest.raises(Conflict, match="nobody had owned it in time"):
        answer(noor, page)


def test_a_look_that_comes_twice_closes_once(unreached, amara):
    page = unreached()
    looked()
    assert fresh(page).state == Page.State.NOBODY
    time_passes(25 * 60)
    looked()
    looked()
    assert told(amara, "paging.closed") == 1


# The property: what was due while no server ran wakes nobody in another shift. Attacked by a page of three months ago
# whose timer is found due when the server comes back.
def test_a_page_of_three_months_ago_asks_nobody_when_the_server_comes_back(page_out, amara, lee):
    page = page_out()
    before = PageAsk.objects.filter(step__page=page).count()
    time_passes(90 * 24 * 60)
    timers.run_due()
    page = fresh(page)
    assert (page.state, page.closed_by, told(amara, "paging.closed")) == ("withdrawn", "late", 1)
    assert PageAsk.objects.filter(step__page=page).count() == before
    assert not Timer.objects.filter(kind__startswith="paging.").exists()
    assert told(lee, "paging.sent") == 0


# The same of what would ring a telephone: the row is claimed by nobody, and dropped.
def test_a_text_message_of_another_shift_is_never_sent(page_out, noor):
    told_of = {"person": noor, "channel": "sms", "subject_kind": "other", "subject_id": uuid4()}
    late = timezone.now() - timedelta(hours=13)
    row = Delivery.objects.create(key=uuid4(), unless_on_device=False, due=late, **told_of)
    assert row.pk not in [each.pk for each in claim("sms", most=9)]
    assert drop_needless() >= 1
    row.refresh_from_db()
    assert row.state == "dropped"


def test_a_server_that_was_away_for_an_hour_goes_on_where_it_was(page_out):
    page = page_out()
    time_passes(60)
    assert asked(page)[:2] == [["Noor"], ["Lee"]]
    assert not Timer.objects.filter(kind=FORGOTTEN).exists()


def test_whoever_withdrew_it_themselves_is_told_nothing_by_the_clock(page_out, actor, amara):
    page = page_out()
    services.withdraw_page(actor(amara), key=uuid4(), page_id=page.pk)
    time_passes(30 * 24 * 60)
    looked()
    assert (fresh(page).closed_by, told(amara, "paging.closed")) == ("", 0)
