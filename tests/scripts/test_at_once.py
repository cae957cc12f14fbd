"""Two editors, and an agent beside an editor, at the same moment: one after the other, and nobody's words are lost."""

from datetime import timedelta

import pytest
from django.db import connection

from handover.calls.scripts.models import Script, ScriptUse, ScriptVersion
from live.acting import acting_as_system
from live.clock import database_now
from live.refusals import Conflict
from tests.one_by_one import one_before_the_other

pytestmark = pytest.mark.django_db(transaction=True)


def changed_by(person, script):
    """The next version as an act leaves it before its commit."""

    def do():
        with acting_as_system("test"):
            Script.objects.select_for_update(no_key=True).get(pk=script.pk)
            at = database_now()
            told = {"number": 2, "text": "The first editor's", "at": at, "valid_until": at + timedelta(days=1)}
            ScriptVersion.objects.create(script=script, author=person, **told)

    return do


def withdrawn_by(person, script):
    def do():
        with acting_as_system("test"):
            told = {"withdrawn": database_now(), "withdrawn_by": person}
            Script.objects.filter(pk=script.pk).update(**told)

    return do


# Both have opened version 1. Were the newest looked up before the lock, the second would write over what the first has
# said, without having seen it.
def test_of_two_editors_the_second_is_told_and_the_firsts_words_count(write, change, admin_person):
    script = write()
    refused = one_before_the_other(changed_by(admin_person, script), lambda: change(script, "The second's", seen=1))
    assert (type(refused), refused.code) == (Conflict, "stale")
    with acting_as_system("test"):
        assert script.versions.order_by("-number")[0].text == "The first editor's"
        assert script.versions.count() == 2


# An agent who waits for a withdrawal must not use what is gone by the time they are let through.
@pytest.mark.parametrize(("changed", "code"), [(withdrawn_by, "withdrawn"), (changed_by, "replaced")])
def test_an_agent_who_waits_for_a_change_does_not_use_what_it_has_ended(write, use, admin_person, changed, code):
    script = write()
    version = script.versions.get()
    refused = one_before_the_other(changed(admin_person, script), lambda: use(script, version))
    assert (type(refused), refused.code) == (Conflict, code)
    with acting_as_system("test"):
        assert not ScriptUse.objects.exists()


def used_by(person, version):
    def do():
        with connection.cursor() as cursor, acting_as_system("test"):
            cursor.execute("SELECT FROM scripts_script WHERE id = %s FOR SHARE", [version.script_id])
            ScriptUse.objects.create(version=version, agent=person, at=database_now())

    return do


def test_a_change_waits_for_an_agent_who_is_using_the_words(write, change, agent_person):
    script = write()
    second = one_before_the_other(used_by(agent_person, script.versions.get()), lambda: change(script, seen=1))
    assert second.number == 2
    with acting_as_system("test"):
        assert ScriptUse.objects.get().version.number == 1
