"""A verification that an officer asks for: one at a time, seen as it goes, ended with what was found."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from config.roles import as_owner
from ledger import sequencer, verifications
from ledger.models import Event, Verification
from live.refusals import Conflict
from tests.ledger.test_sequencer import record_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(nurse, settings, django_capture_on_commit_callbacks):
    """A verification of a log of some places. Nobody works on it yet."""
    settings.LOG_WITNESSES = []
    record_many(nurse, 30)
    sequencer.sequence()
    started = []
    with django_capture_on_commit_callbacks(execute=True):
        row = verifications.begin(nurse, by=nurse.person_id, start=started.append)
    assert started == [row.pk]
    return row


def test_a_good_log_ends_it_as_good(begun):
    call_command("ledger", "verify", verification=str(begun.pk))
    begun.refresh_from_db()
    assert (begun.outcome, begun.places) == ("good", begun.expected)
    assert begun.ended is not None
    assert "Nobody outside has co-signed this log" in begun.words
    assert Event.objects.filter(event="ledger.verified", entity_id=begun.pk, outcome="success").count() == 1


def test_a_log_that_was_changed_ends_it_with_the_first_bad_place(begun):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_leaf DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_leaf SET salt = hash WHERE place = %s", [begun.expected - 2])
    with pytest.raises(CommandError):
        call_command("ledger", "verify", verification=str(begun.pk))
    begun.refresh_from_db()
    assert (begun.outcome, begun.bad_place) == ("tampered", begun.expected - 2)
    assert Event.objects.filter(event="ledger.verified", entity_id=begun.pk, reason="tampered").count() == 1


def test_a_second_one_is_refused_while_one_runs(begun, nurse):
    with pytest.raises(Conflict, match="being verified at this moment"):
        verifications.begin(nurse, by=nurse.person_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        Verification.objects.create(asked_by=uuid4(), expected=1)


def test_one_that_was_killed_does_not_stand_in_the_way_for_ever(begun, nurse):
    Verification.objects.update(looked=timezone.now() - timedelta(minutes=1))
    begun.refresh_from_db()
    assert verifications.is_silent(begun)
    again = verifications.begin(nurse, by=nurse.person_id)
    begun.refresh_from_db()
    assert begun.outcome == "broken_off"
    assert verifications.latest() == again


def test_a_verdict_is_not_changed_afterwards(begun):
    verifications.end(begun.pk, "good", words="", places=30)
    verifications.end(begun.pk, "tampered", words="late", places=None)
    begun.refresh_from_db()
    assert (begun.places, begun.outcome) == (30, "good")


@pytest.mark.django_db(transaction=True)
def test_how_far_it_is_is_seen_from_within_the_long_transaction_that_reads():
    row = Verification.objects.create(asked_by=uuid4(), expected=40)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        verifications.seen_at(row.pk, 20)
    row.refresh_from_db()
    assert row.places == 20


def test_one_that_fails_in_the_middle_is_closed_as_broken_off(begun):
    with pytest.raises(CommandError):
        call_command("ledger", "verify", verification=str(begun.pk), vkey="no key")
    begun.refresh_from_db()
    assert begun.outcome == "broken_off"
