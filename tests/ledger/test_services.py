"""Events as the acts, the reads and the edge put them on the record."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ledger.agents import Entity
from ledger.models import Event
from ledger.services import Noted, record, record_all, record_read, record_refusal
from live.refusals import Denied, NotFound


def events_of(agent):
    return list(Event.objects.filter(agent_id=agent.person_id).order_by("id"))


@pytest.mark.django_db
def test_an_act_is_kept_with_who_what_whom_when_from_where_and_why(nurse):
    patient, handover, relationship, before = uuid4(), uuid4(), uuid4(), timezone.now()
    record(
        "handover.accepted",
        agent=nurse,
        patient_id=patient,
        entity=Entity("handover", handover, "ab" * 32),
        relationship_id=relationship,
        reason="first_time",
        detail={"version": 2, "rungs": ["opened", "read"]},
    )
    (event,) = events_of(nurse)
    assert (event.event, event.outcome, event.reason, event.purpose) == (
        "handover.accepted",
        "success",
        "first_time",
        "TREAT",
    )
    assert (event.agent_role, event.session_id, event.device) == ("nurse", nurse.session_id, "Ward phone 3")
    assert (event.unit_id, event.request_id) == (nurse.unit_id, "r-1")
    assert (event.patient_id, event.patient_ids, event.relationship_ids) == (patient, None, [relationship])
    assert (event.entity_kind, event.entity_id, event.entity_version) == ("handover", handover, "ab" * 32)
    assert event.detail == {"version": 2, "rungs": ["opened", "read"]}
    assert before - timedelta(seconds=5) < event.recorded < timezone.now() + timedelta(seconds=5)


@pytest.mark.django_db
def test_an_event_costs_one_statement(nurse, django_assert_num_queries):
    with django_assert_num_queries(1):
        record("patient.read", agent=nurse, patient_id=uuid4())
    with django_assert_num_queries(1):
        record_read("patient.listed", agent=nurse, patient_ids=[uuid4(), uuid4()], relationship_ids=[uuid4()])


@pytest.mark.django_db
@pytest.mark.parametrize("times", [1, 20])
def test_many_events_cost_one_statement_and_keep_their_order(nurse, times, django_assert_num_queries):
    names = ["handover.drafted", "transfer.planned", "handover.sent"] * times
    with django_assert_num_queries(1):
        record_all([Noted(event=name, agent=nurse, patient_id=uuid4()) for name in names])
    with django_assert_num_queries(0):
        record_all([])
    assert [event.event for event in events_of(nurse)] == names
    with pytest.raises(ValueError, match="codes, ids and counts"):
        record_all([Noted(event="handover.sent", agent=nurse, reason="she fell")])


@pytest.mark.django_db
def test_an_event_goes_with_its_act_when_that_is_rolled_back(nurse):
    with transaction.atomic():
        record("handover.accepted", agent=nurse)
        transaction.set_rollback(True)
    assert events_of(nurse) == []


@pytest.mark.django_db(transaction=True)
def test_a_read_outside_a_transaction_is_durable_before_its_content_leaves(nurse):
    record_read("patient.read", agent=nurse, patient_ids=[uuid4()], relationship_ids=[uuid4()])
    with ThreadPoolExecutor(1) as another:
        assert len(another.submit(in_thread, lambda: events_of(nurse)).result()) == 1


@pytest.mark.django_db
def test_a_read_of_one_patient_is_found_by_that_patient(nurse):
    patient = uuid4()
    record_read("patient.read", agent=nurse, patient_ids=[patient], relationship_ids=[uuid4()])
    (event,) = events_of(nurse)
    assert (event.patient_id, event.patient_ids) == (patient, None)


@pytest.mark.django_db
@pytest.mark.parametrize(("patients", "sizes"), [(0, [0]), (2, [2]), (200, [200]), (201, [200, 1])])
def test_a_screen_is_one_event_up_to_200_patients(nurse, patients, sizes):
    ids = [uuid4() for _ in range(patients)]
    record_read("patient.listed", agent=nurse, patient_ids=ids, relationship_ids=ids)
    kept = [event.patient_ids or ([event.patient_id] if event.patient_id else []) for event in events_of(nurse)]
    assert [len(one) for one in kept] == sizes
    assert [patient for one in kept for patient in one] == ids


@pytest.mark.django_db
def test_a_refusal_is_kept_under_the_acts_own_name(nurse):
    patient, subject = uuid4(), uuid4()
    record_refusal(
        Denied(act="transfer.departed", code="gate_closed", subject_id=subject, patient_id=patient), agent=nurse
    )
    (event,) = events_of(nurse)
    assert (event.event, event.outcome, event.reason) == ("transfer.departed", "refused", "gate_closed")
    assert (event.patient_id, event.entity_id) == (patient, subject)


@pytest.mark.django_db
def test_somebody_who_is_not_signed_in_can_be_refused_too():
    subject = uuid4()
    record_refusal(NotFound(subject_id=subject), agent=None)
    event = Event.objects.get(entity_id=subject)
    assert (event.event, event.agent_id, event.agent_role) == ("act.refused", None, "")


WORDS = [
    {"note": "allergic to penicillin"},
    {"note": "Odalys Fenwickle"},
    {"note": ["code", "two words"]},
    {"note": "x" * 129},
    {"note": "line\nbreak"},
    {"note": "Fenwicklé"},
    {"note": 3.5},
    {"note": None},
    {"note": {"nested": "code"}},
    {"two words": 1},
    {"Note": 1},
    {"": 1},
    {f"n{number}": number for number in range(17)},
]


@pytest.mark.parametrize("detail", WORDS)
def test_the_detail_takes_nothing_but_codes_ids_and_counts(nurse, detail):
    # The log is kept for years, is read by people who treat nobody, and cannot be corrected. What is not in it cannot
    # leak from it. The error does not repeat the words either: errors go to logs.
    with pytest.raises(ValueError, match=r"codes|detail") as caught:
        record("patient.read", agent=nurse, detail=detail)
    assert "penicillin" not in str(caught.value)


@pytest.mark.parametrize("words", [{"reason": "too far away"}, {"purpose": "to treat"}, {"event": "patient read"}])
def test_reason_purpose_and_name_are_codes(nurse, words):
    with pytest.raises(ValueError, match=r"codes|name"):
        record(**{"event": "patient.read", "agent": nurse, **words})


@pytest.mark.django_db(transaction=True)
def test_a_writer_never_waits_for_another_whose_transaction_is_open(nurse):
    # A chained log makes each writer wait for the one before. Here the second writes and commits while the first is
    # still open; the order in the tree is given later, by the sequencer.
    written, may_end = threading.Event(), threading.Event()

    def first():
        with transaction.atomic():
            record("handover.sent", agent=nurse)
            written.set()
            assert may_end.wait(timeout=20)

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(in_thread, first)
        assert written.wait(timeout=20)
        pool.submit(in_thread, lambda: record("handover.read", agent=nurse)).result(timeout=10)
        assert [event.event for event in events_of(nurse)] == ["handover.read"]
        may_end.set()
        slow.result(timeout=20)
    assert [event.event for event in events_of(nurse)] == ["handover.sent", "handover.read"]


def in_thread(work):
    """The work, with this thread's database connection closed after it."""
    try:
        return work()
    finally:
        connection.close()


@pytest.mark.django_db
def test_events_of_which_there_are_many_say_what_one_by_one_says(nurse):
    facts = {"patient_id": uuid4(), "relationship_ids": [uuid4()], "entity": Entity("thread", uuid4(), "3")}
    noted = Noted(event="message.read", agent=nurse, detail={"by": "inbox", "number": 7, "ids": ["a", "b"]}, **facts)
    many = Noted(event="patient.listed", agent=None, patient_ids=[uuid4(), uuid4()], purpose="HOPERAT", reason="none")
    for one in (noted, many):
        record_all([one])
    alone = list(Event.objects.order_by("-id")[:2])
    record_all([many, noted] * 3)
    for among, by_itself in zip(Event.objects.order_by("-id")[:6], [*reversed(alone)] * 3, strict=True):
        for name in ("id", "recorded", "process_n", "event_id", "seq"):
            for row in (among, by_itself):
                row.__dict__.pop(name, None)
        left = [{key: value for key, value in row.__dict__.items() if key != "_state"} for row in (among, by_itself)]
        assert left[0] == left[1]
