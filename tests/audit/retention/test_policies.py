"""How long things are kept: two officers decide, the law's time is the least, and the database holds both."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from audit.retention import policies
from audit.retention.models import Policy
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.guards import unguarded

pytestmark = pytest.mark.django_db


def ask(actor, kind="patient_record", years="8", unit=None):
    policies.ask(actor, key=uuid4(), kind=kind, unit_id=unit, years=years)
    return Policy.objects.get(approved=None, dropped=None)


@pytest.mark.parametrize(("kind", "years", "law"), [("log", "5", "164.316"), ("patient_record", "4", "482.24")])
def test_a_time_shorter_than_the_laws_is_refused_in_words(actor, officer, kind, years, law):
    with pytest.raises(Invalid) as refused:
        ask(actor(officer), kind, years)
    assert law in refused.value.fields["years"]


@pytest.mark.parametrize(("kind", "years"), [("log", 5), ("patient_record", 4), ("log", 0), ("patient_record", 101)])
def test_and_by_the_database_whatever_the_code_says(officer, kind, years):
    with pytest.raises(IntegrityError, match="retention_"), transaction.atomic():
        Policy.objects.create(kind=kind, years=years, asked_by=officer)


@pytest.mark.parametrize("years", ["", "0", "-6", "6.5", "101", "9999", "six", "\u0666", "6" * 10_000])
def test_what_is_no_number_of_years_is_refused(actor, officer, years):
    with pytest.raises(Invalid):
        ask(actor(officer), "log", years)


def test_a_second_officer_approves_and_the_one_before_ends(actor, officer, second_officer, house_keeps):
    first, second = house_keeps(8), house_keeps(10)
    first.refresh_from_db()
    assert (bool(first.ended), second.ended) == (True, None)
    assert [row.years for row in policies.in_force()] == [10]
    event = Event.objects.filter(event="retention.approved", entity_id=second.pk).get()
    assert (event.agent_id, event.detail) == (second_officer.pk, {"years": 10, "unit": "house"})


def test_whoever_asked_does_not_approve(actor, officer):
    row = ask(actor(officer))
    with pytest.raises(Denied, match="second compliance officer"):
        policies.approve(actor(officer), key=uuid4(), row_id=row.pk)
    with (
        pytest.raises(IntegrityError, match="by_a_second_person"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE retention_policy SET approved = now(), approved_by_id = asked_by_id")


def test_who_is_no_officer_any_more_has_asked_for_nothing(actor, officer, second_officer):
    row = ask(actor(officer))
    type(officer).objects.filter(pk=officer.pk).update(role="nurse")
    with pytest.raises(Conflict, match="no compliance officer any more"):
        policies.approve(actor(second_officer), key=uuid4(), row_id=row.pk)
    policies.drop(actor(second_officer), key=uuid4(), row_id=row.pk)
    row.refresh_from_db()
    assert row.dropped


def test_what_nobody_approves_lapses(actor, officer, second_officer):
    row = ask(actor(officer))
    with pytest.raises(Conflict, match="asked for already"):
        ask(actor(officer))
    with unguarded("retention_policy") as cursor:
        cursor.execute(
            "UPDATE retention_policy SET asked = asked - interval '80 hours', good_until = asked - interval '9 hours'"
        )
    with pytest.raises(NotFound):
        policies.approve(actor(second_officer), key=uuid4(), row_id=row.pk)
    assert ask(actor(officer)).pk != row.pk


# The attack: one statement as the server's role.
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE retention_policy SET years = 5",
        "UPDATE retention_policy SET good_until = good_until + interval '9 days'",
        "UPDATE retention_policy SET approved = NULL, approved_by_id = NULL",
        "UPDATE retention_policy SET ended = NULL, years = 5",
    ],
)
def test_no_statement_shortens_a_time_that_two_decided(house_keeps, statement):
    house_keeps(8)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("who", ["amara", "agent_person", "admin_person"])
def test_nobody_else_decides(request, actor, officer, who):
    row, person = ask(actor(officer)), request.getfixturevalue(who)
    with pytest.raises(NotFound):
        ask(actor(person), years="9")
    for act in (policies.approve, policies.drop):
        with pytest.raises(NotFound):
            act(actor(person), key=uuid4(), row_id=row.pk)
