"""What the database itself refuses, whatever code asks for it: by grants, and by triggers that hold the owner too."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from handover.messaging.models import Acknowledgement, Message, Recipient, Revision, Thread, ThreadMember
from live.acting import about_one, acting_for

pytestmark = pytest.mark.django_db


def refused(statement, *parameters, error=IntegrityError):
    with connection.cursor() as cursor:
        # What is held until the commit is asked at once.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(error), transaction.atomic():
            cursor.execute(statement, parameters)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_what_was_written_is_not_changed_by_the_server(say, between_two, amara):
    say(amara, between_two)
    for table in ("message", "recipient", "revision", "acknowledgement", "messagetask"):
        refused(f"UPDATE messaging_{table} SET id = id", error=ProgrammingError)
        refused(f"DELETE FROM messaging_{table}", error=ProgrammingError)


def test_nor_by_the_owner(say, answer, between_two, amara, tove, as_owner):
    from live.acting import acting_as_system

    with acting_as_system("test"):
        message = say(amara, between_two, level="urgent")
        answer(tove, message)
        for table in ("message", "recipient", "acknowledgement"):
            refused(f"UPDATE messaging_{table} SET id = gen_random_uuid()")
            refused(f"DELETE FROM messaging_{table}")
        for table in ("thread", "threadmember"):
            refused(f"DELETE FROM messaging_{table}")


def test_a_thread_counts_one_by_one_and_each_number_is_a_message(say, between_two, amara):
    say(amara, between_two)
    refused("UPDATE messaging_thread SET last_number = 5")
    refused("UPDATE messaging_thread SET last_number = 0")
    refused("UPDATE messaging_thread SET last_number = 2")
    refused("UPDATE messaging_thread SET kind = 'group'")
    row = {"thread": between_two, "author": amara, "level": "fyi", "sealed": b"x"}
    for number in (1, 2, 7):
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(number=number, **row)


def test_a_thread_is_of_one_kind(patient, amara):
    for wrong in ({"kind": "patient"}, {"kind": "direct", "patient": patient}, {"kind": "group"}, {"kind": "role"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Thread.objects.create(opened_by=amara, **wrong)


def test_a_patient_has_one_thread(of_patient, amara):
    with pytest.raises(IntegrityError), transaction.atomic():
        Thread.objects.create(kind="patient", patient_id=of_patient.patient_id, opened_by=amara)


def test_an_action_has_its_time_and_nothing_else_has(say, between_two, amara):
    Thread.objects.filter(pk=between_two.pk).update(last_number=1)
    row = {"thread": between_two, "author": amara, "number": 1, "sealed": b"x"}
    for wrong in ({"level": "needs_action"}, {"level": "fyi", "needs_by": timezone.now()}, {"level": "stat"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Message.objects.create(**row, **wrong)
    Message.objects.create(**row, level="fyi")


def test_an_answer_is_of_whoever_was_addressed_to_what_stands(say, between_two, amara, tove):
    message = say(amara, between_two, level="urgent")
    row = {"message": message, "person": tove, "revision": 0, "answer": "owned"}
    for wrong in ({"person": amara}, {"revision": 1}, {"answer": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Acknowledgement.objects.create(**{**row, **wrong})
    Acknowledgement.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Acknowledgement.objects.create(**row)
    Revision.objects.create(message=message, number=1, kind="retracted")
    with pytest.raises(IntegrityError), transaction.atomic():
        Acknowledgement.objects.create(**{**row, "revision": 1})
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.create(message=message, number=2, kind="edited", sealed=b"x")


def test_a_revision_is_the_next_one(say, between_two, amara):
    message = say(amara, between_two)
    for number in (0, 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            Revision.objects.create(message=message, number=number, kind="edited", sealed=b"x")


def test_a_membership_that_has_ended_stays_so(group, noor):
    row = ThreadMember.objects.get(thread=group, person=noor)
    ThreadMember.objects.filter(pk=row.pk).update(until=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        ThreadMember.objects.filter(pk=row.pk).update(until=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ThreadMember.objects.filter(pk=row.pk).update(person_id=group.opened_by_id)


# The second wall: a query that forgot its filter gets the acting person's own threads, asked for the set or row by row.
@pytest.fixture(params=["many", "one"])
def as_person(request):
    def count(person, model):
        with acting_for(person.pk):
            if request.param == "one":
                about_one()
            return model.objects.count()

    return count


def test_a_query_that_forgot_its_filter_gets_ones_own(
    as_person, say, group, between_two, of_patient, amara, tove, noor, lee
):
    for thread in (group, between_two):
        say(amara, thread)
    say(amara, of_patient, people=[tove.pk])
    assert [as_person(each, Message) for each in (amara, tove, noor, lee)] == [3, 3, 1, 0]
    assert [as_person(each, Thread) for each in (amara, tove, noor, lee)] == [3, 3, 1, 0]
    assert [as_person(each, Recipient) for each in (noor, lee)] == [2, 0]
    assert as_person(lee, ThreadMember) == 0


@pytest.mark.django_db(transaction=True)
def test_whoever_has_left_sees_nothing_of_it(as_person, say, group, amara, noor, actor):
    # In transactions of their own: within one, who shuts a door behind themselves still writes what follows.
    from handover.messaging import services

    say(amara, group)
    assert as_person(noor, Message) == 1
    services.remove_member(actor(noor), key=uuid4(), thread_id=group.pk, person_id=noor.pk)
    assert as_person(noor, Message) == 0


# The attack: an injected INSERT of the one row that lets its writer read a thread.
def test_nobody_writes_themselves_into_a_thread(between_two, noor):
    insert = (
        "INSERT INTO messaging_threadmember (id, thread_id, person_id, added_by_id) "
        "VALUES (gen_random_uuid(), %s, %s, %s)"
    )
    with acting_for(noor.pk):
        refused(insert, between_two.pk, noor.pk, noor.pk, error=ProgrammingError)
