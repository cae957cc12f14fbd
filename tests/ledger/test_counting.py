"""What each process counts: a number is confirmed with its commit, and void where it was rolled back."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction

from ledger import counting, marks, notes, sequencer
from ledger.agents import Agent
from ledger.models import Event
from ledger.services import COUNTED, Noted, record, record_all, recording
from ledger.verifying import verify
from live.statements import run_together
from tests.ledger.marking import mark, wait_for_what_is_older
from tests.ledger.test_services import in_thread
from vault.errors import DoesNotOpen, KeyFileMissing
from vault.failures import tell
from vault.scopes import Scope
from vault.signing import log_key

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def counter():
    """This test is a process of its own, which has counted nothing yet."""
    return counting.begin_anew()


def numbers(counter):
    """The numbers on record, in the order of their rows."""
    rows = Event.objects.filter(process_id=counter.process_id).order_by("id")
    return list(rows.values_list("process_n", flat=True))


def said(counter):
    """What the marks of this process say: how far, and what is void."""
    rows = Event.objects.filter(process_id=counter.process_id, event=COUNTED).order_by("id")
    return [(row.detail["through"], row.detail["void"]) for row in rows]


def test_every_event_carries_its_process_and_the_next_number(counter, nurse):
    record("patient.read", agent=nurse)
    record_all([Noted(event="patient.read", agent=nurse) for _ in range(3)])
    assert numbers(counter) == [1, 2, 3, 4]
    assert counter.through() == 4


def test_a_number_is_open_until_its_commit(counter, nurse):
    with transaction.atomic():
        record("patient.read", agent=nurse)
        assert counter.through() == 0
        assert mark() == 0
    assert counter.through() == 1


def test_how_far_it_was_counted_goes_on_record_and_only_once(counter, nurse):
    record("patient.read", agent=nurse)
    assert mark() == 1
    assert said(counter) == [(1, [])]
    # A mark that marks the one before it would never end.
    assert mark() == 0
    record("patient.read", agent=nurse)
    assert mark() == 1
    assert said(counter) == [(1, []), (3, [])]


def roll_back(nurse):
    with transaction.atomic():
        record("patient.read", agent=nurse)
        transaction.set_rollback(True)


def roll_back_a_part(nurse):
    with transaction.atomic():
        with transaction.atomic():
            record("patient.read", agent=nurse)
            transaction.set_rollback(True)
        record("patient.read", agent=nurse)


def lose_the_connection(nurse):
    with transaction.atomic():
        record("patient.read", agent=nurse)
        connection.close()


def fail_in_the_database(nurse):
    with pytest.raises(ValueError, match="NUL"):
        record("patient.read", agent=Agent(nurse.person_id, "nurse", device="\x00"))


def fail_in_a_transaction(nurse):
    def fail():
        record("patient.read", agent=nurse)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fail()


def never_send_it(nurse):
    recording([Noted(event="patient.read", agent=nurse)])


@pytest.mark.parametrize(
    "give_up",
    [roll_back, roll_back_a_part, lose_the_connection, fail_in_the_database, fail_in_a_transaction, never_send_it],
)
def test_a_number_that_was_given_up_is_void_on_record(counter, nurse, give_up):
    record("patient.read", agent=nurse)
    give_up(nurse)
    record("patient.read", agent=nurse)
    mark()
    assert 2 not in numbers(counter)
    assert [void for _, void in said(counter) if void] == [["2"]]
    sequencer.sequence()
    verify(notes.key_of(log_key()))


def test_words_where_codes_belong_take_no_number(counter, nurse):
    with pytest.raises(ValueError, match="codes"):
        record("patient.read", agent=nurse, reason="she fell")
    assert counter.take(1).numbers[0] == 1


def test_a_commit_whose_answer_was_lost_is_looked_for_and_found(counter, nurse):
    # The attack is nature's: the network breaks after the commit, before its answer. The event is there.
    calls = recording([Noted(event="patient.read", agent=nurse)])
    run_together([call._replace(written=None) for call in calls])
    del calls
    assert counter.through() == 0
    mark()
    assert said(counter) == [(1, [])]


def test_nothing_is_void_while_a_transaction_is_under_way_that_may_still_commit_it(counter, nurse):
    # A commit that was sent on a connection that was lost may be carried out after somebody has looked for its rows.
    written, may_end = threading.Event(), threading.Event()

    def other():
        with transaction.atomic():
            record("handover.sent", agent=nurse)
            written.set()
            assert may_end.wait(timeout=20)

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(in_thread, other)
        assert written.wait(timeout=20)
        roll_back(nurse)
        for _ in range(3):
            assert marks.of_this_process().round() == 0
        may_end.set()
        slow.result(timeout=20)
    mark()
    assert said(counter) == [(2, ["2"])]


def test_the_statements_of_an_act_confirm_theirs_together(counter, nurse):
    with transaction.atomic():
        run_together(recording([Noted(event="patient.read", agent=nurse) for _ in range(2)]))
    assert counter.through() == 2


def test_what_failed_in_the_vault_is_counted_although_its_reader_was_rolled_back(counter):
    with transaction.atomic():
        tell(DoesNotOpen(), act="open", scope=Scope.patient(uuid4()))
        transaction.set_rollback(True)
    assert numbers(counter) == [1]
    assert counter.through() == 1


def test_threads_count_together(counter, nurse):
    with ThreadPoolExecutor(4) as pool:
        work = [
            pool.submit(in_thread, lambda: [record("patient.read", agent=nurse) for _ in range(20)]) for _ in "1234"
        ]
        for one in work:
            one.result()
    assert sorted(numbers(counter)) == list(range(1, 81))
    assert counter.through() == 80


def test_a_fork_counts_for_itself(counter):
    counter.take(3)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, f"{counting.counter().process_id} {counting.counter().through()}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    process_id, through = os.read(read, 100).decode().split()
    assert process_id != counter.process_id
    assert through == "0"


def test_many_void_numbers_go_on_record_in_several_marks(counter, nurse, monkeypatch):
    monkeypatch.setattr(marks, "MOST_RANGES", 2)
    for _ in range(5):
        record("patient.read", agent=nurse)
        roll_back(nurse)
    mark()
    assert said(counter) == [(5, ["2", "4"]), (9, ["6", "8"]), (10, ["10"])]
    sequencer.sequence()
    verify(notes.key_of(log_key()))


def test_a_process_that_ends_says_its_last_word(counter, nurse):
    roll_back(nurse)
    record("patient.read", agent=nurse)
    wait_for_what_is_older()
    marks.end()
    assert said(counter)[-1] == (2, ["1"])


def test_a_process_without_the_logs_key_ends_all_the_same(counter, nurse, monkeypatch, caplog):
    def missing():
        raise KeyFileMissing("no key")

    monkeypatch.setattr(marks, "log_key", missing)
    record("patient.read", agent=nurse)
    marks.end()
    assert "ledger.uncounted" in caplog.text
    assert said(counter) == []


def test_a_commands_events_are_counted_at_its_end(counter):
    import manage

    record("patient.read", agent=None)
    manage.end_count()
    assert said(counter)[-1][0] >= 1


def test_the_signature_is_of_this_mark_alone(counter, nurse):
    record("patient.read", agent=nurse)
    mark()
    said_of_it = Event.objects.get(process_id=counter.process_id, event=COUNTED)
    public, facts = log_key().public, dict(said_of_it.detail)
    assert marks.open_mark(counter.process_id, 2, facts, public=public) == (1, [])
    wrong = [
        (str(uuid4()), 2, facts),
        (counter.process_id, 3, facts),
        (counter.process_id, 2, {**facts, "void": ["1"]}),
        (counter.process_id, 2, {**facts, "through": 2}),
        (counter.process_id, 2, {**facts, "signature": "00" * 64}),
        (counter.process_id, 2, {**facts, "signature": "x"}),
        (counter.process_id, 2, {**facts, "void": [1]}),
        (counter.process_id, 2, {}),
        (counter.process_id, 2, None),
    ]
    for process_id, number, detail in wrong:
        with pytest.raises(marks.MarkRefused):
            marks.open_mark(process_id, number, detail, public=public)
    with pytest.raises(marks.MarkRefused):
        marks.open_mark(counter.process_id, 2, facts, public=b"o" * 32)


def test_the_signed_text_is_no_checkpoint():
    # One key signs both: neither may be read as the other.
    signed = marks.text(str(uuid4()), number=7, through=6, void=["3"])
    with pytest.raises(notes.NoteRefused):
        notes.parse_checkpoint(signed.decode())
