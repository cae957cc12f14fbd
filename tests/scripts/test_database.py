"""What must never be, asked of the database itself: by a statement, as injected text or a careless act would."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from handover.calls.scripts import services
from handover.calls.scripts.models import Judgement, Script, ScriptUse, ScriptVersion
from live.clock import database_now

pytestmark = pytest.mark.django_db


def refused(**told):
    with pytest.raises(IntegrityError), transaction.atomic():
        ScriptVersion.objects.create(**told)


@pytest.fixture
def told(write, admin_person):
    return {"script": write(), "number": 2, "text": "x", "author": admin_person, "at": database_now()}


def test_no_version_is_good_for_ever_nor_for_more_than_a_year_nor_for_no_time(told):
    refused(**told, valid_until=None)
    refused(**told, valid_until=told["at"] + timedelta(days=367, microseconds=1))
    refused(**told, valid_until=told["at"])
    assert ScriptVersion.objects.create(**told, valid_until=told["at"] + timedelta(days=367)).number == 2


@pytest.mark.parametrize(("field", "value"), [("number", 1), ("number", 0), ("text", " \n\t")])
def test_no_version_has_anothers_number_or_no_words(told, field, value):
    refused(**told | {field: value}, valid_until=told["at"] + timedelta(days=1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scripts_scriptversion SET text = 'You have nothing to fear'",
        "UPDATE scripts_scriptversion SET valid_until = valid_until + interval '1 day'",
        "DELETE FROM scripts_scriptversion",
        "UPDATE scripts_scriptuse SET at = at - interval '1 day'",
        "UPDATE scripts_scriptuse SET case_id = gen_random_uuid()",
        "DELETE FROM scripts_scriptuse",
        "DELETE FROM scripts_script",
        "DELETE FROM scripts_judgement",
    ],
)
# What was said to a caller, and by whom, is what a complaint is answered by: it is not made better afterwards.
def test_what_was_written_and_used_stays_as_it_was(judge, write, statement):
    judge(write(), "worked")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


# The grant of the server's role is one wall, the trigger another: it holds for the owner of the tables, too.
@pytest.mark.parametrize("table", ["scripts_scriptversion", "scripts_scriptuse"])
def test_not_even_by_whoever_owns_the_tables(judge, write, as_owner, table):
    judge(write(), "worked")
    with pytest.raises(DatabaseError, match="never"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET at = at - interval '1 day'")


@pytest.mark.parametrize("how", ["expired", "replaced", "withdrawn", "dated_later"])
# An act that forgets to look, or a statement past it, must not let an agent read words that nobody stands for.
def test_no_use_is_written_of_words_that_do_not_count(write, change, long_ago, actor, admin_person, agent_person, how):
    script = long_ago() if how == "expired" else write()
    version, at = script.versions.get(), database_now()
    if how == "replaced":
        change(script)
    if how == "withdrawn":
        services.withdraw(actor(admin_person), key=uuid4(), script_id=script.pk)
    if how == "dated_later":
        at = version.valid_until
    # Dated back it is refused as well: the database's own clock counts besides.
    for moment in (at, at - timedelta(days=1) if how == "expired" else at):
        with pytest.raises(IntegrityError), transaction.atomic():
            ScriptUse.objects.create(version=version, agent=agent_person, at=moment)
    assert not ScriptUse.objects.exists()


def test_a_use_has_one_judgement_of_two_kinds(write, use):
    row = use(write())
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(use=row, how="fine", at=database_now())
    Judgement.objects.create(use=row, how="worked", at=database_now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(use=row, how="worked", at=database_now())


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "protocol"), ("reason", "gossip"), ("language", "english"), ("language", "en_GB"), ("language", "")],
)
def test_a_script_is_of_a_known_kind_and_reason_in_a_language_by_its_tag(admin_person, field, value):
    told = {"kind": "answer", "reason": "", "language": "en", "name": "x", "owner": admin_person}
    with pytest.raises(IntegrityError), transaction.atomic():
        Script.objects.create(**told | {field: value})


def test_what_is_withdrawn_was_so_by_somebody(write):
    script = write()
    with pytest.raises(IntegrityError), transaction.atomic():
        Script.objects.filter(pk=script.pk).update(withdrawn=database_now())
