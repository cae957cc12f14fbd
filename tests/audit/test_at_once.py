"""Two officers, or one in two sessions, at the same moment: one comes first, and nothing is decided or taken twice."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.outgoing import services as outgoing
from audit.outgoing.models import Export
from audit.review import services as review
from audit.review.models import Flag
from audit.searches import Search
from ledger.models import Event
from live.refusals import Conflict, NotFound, Refusal
from tests.transfers.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def second(make_person):
    return make_person("sanna@readback.example", "Sanna Quickbeam", "compliance_officer")


@pytest.fixture
def asked_export(actor, officer, amara, did):
    did(amara)
    search = outgoing.bounded(Search(person_id=amara.pk))
    return outgoing.ask(actor(officer), key=uuid4(), search=search, form="jsonl")


@pytest.fixture
def asked_flag(actor, officer, amara, patient):
    now = timezone.now()
    told = {"review_due": now + timedelta(hours=72), "day": timezone.localdate(), "score": 70}
    flag = Flag.objects.create(person=amara, patient=patient, **told)
    flag.reasons.create(rule="R1", since=now, since_event=1, until=now, until_event=1, count=1)
    review.ask(actor(officer), key=uuid4(), flag_id=flag.pk, question="What did you need it for?")
    return flag


def refusals_among(results):
    return [each for each in results if isinstance(each, Refusal)]


# The property: what one officer takes alone in a day is counted in whatever session. Two of three events each, of five
# allowed, begin at once in two browsers: each would fit alone.
def test_of_two_exports_that_one_officer_begins_at_once_one_leaves(actor, officer, did, amara, lee, monkeypatch):
    counted, both = outgoing._taken_alone, Barrier(2)

    def slowly(who):
        several = counted(who)
        # Where nobody waits for their turn both stand here, having counted, and neither has taken anything yet.
        with suppress(BrokenBarrierError):
            both.wait(timeout=0.5)
        return several

    monkeypatch.setattr(outgoing, "_taken_alone", slowly)
    monkeypatch.setattr(outgoing, "ALONE", 5)
    for person in (amara, lee):
        for _ in range(3):
            did(person, "patient.read")
    searches = [outgoing.bounded(Search(person_id=person.pk, act="patient.read")) for person in (amara, lee)]
    browsers = [actor(officer, device=device) for device in ("One browser", "Another")]
    results = at_once(
        lambda: outgoing.take_small(browsers[0], searches[0], "jsonl"),
        lambda: outgoing.take_small(browsers[1], searches[1], "jsonl"),
    )
    [refusal] = refusals_among(results)
    assert (type(refusal), refusal.code) == (Conflict, "large")
    assert Event.objects.filter(event="audit.exported", outcome="success", agent_id=officer.pk).count() == 1


# The property: who drops an export has the last word, whether the other's approval came a moment before or after.
def test_an_export_that_is_dropped_while_it_is_approved_does_not_leave(actor, officer, second, asked_export):
    results = at_once(
        lambda: outgoing.approve(actor(second), key=uuid4(), export_id=asked_export.pk),
        lambda: outgoing.drop(actor(officer), key=uuid4(), export_id=asked_export.pk),
    )
    assert [type(each) for each in refusals_among(results)] in ([], [NotFound])
    assert Export.objects.get(pk=asked_export.pk).dropped is not None
    with pytest.raises(NotFound):
        outgoing.take_approved(actor(officer), asked_export.pk)


def test_of_two_who_settle_a_flag_one_does_and_the_other_is_told(actor, officer, second, asked_flag):
    told = {"flag_id": asked_flag.pk, "note": "Looked after her on the day before."}
    results = at_once(
        lambda: review.settle(actor(officer), key=uuid4(), finding="justified", **told),
        lambda: review.settle(actor(second), key=uuid4(), finding="breach", **told),
    )
    [refusal] = refusals_among(results)
    assert (type(refusal), refusal.code) == (Conflict, "settled")
    events = Event.objects.filter(event="flag.settled", entity_id=asked_flag.pk)
    asked_flag.refresh_from_db()
    assert [(event.agent_id, event.detail["finding"]) for event in events] == [
        (asked_flag.settled_by_id, asked_flag.finding)
    ]
    assert hasattr(asked_flag, "breach") is (asked_flag.finding == "breach")


# The property: an answer that was taken is one that the officer could read before deciding, or nothing was taken.
def test_an_answer_and_the_finding_at_once_leave_no_answer_behind_the_finding(actor, officer, amara, asked_flag):
    results = at_once(
        lambda: review.answer(actor(amara), key=uuid4(), flag_id=asked_flag.pk, quick="by_mistake"),
        lambda: review.settle(actor(officer), key=uuid4(), flag_id=asked_flag.pk, finding="justified", note=""),
    )
    asked_flag.refresh_from_db()
    refused = refusals_among(results)
    assert asked_flag.settled is not None
    assert (asked_flag.answered is None) is bool(refused)
    assert not refused or refused[0].code == "answered"
    with pytest.raises(Conflict):
        review.answer(actor(amara), key=uuid4(), flag_id=asked_flag.pk, quick="care")


def test_one_person_answers_once_however_fast_they_tap(actor, amara, asked_flag):
    results = at_once(
        *(
            lambda quick=quick: review.answer(actor(amara), key=uuid4(), flag_id=asked_flag.pk, quick=quick)
            for quick in ("by_mistake", "care")
        )
    )
    assert [each.code for each in refusals_among(results)] == ["answered"]
    assert Event.objects.filter(event="flag.answered", outcome="success", entity_id=asked_flag.pk).count() == 1
