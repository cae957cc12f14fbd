"""What the tests of words for callers have: Oskar, who keeps them, Piet, who says them, and Lee, who leads a ward."""

from datetime import timedelta
from uuid import uuid4

import pytest

from handover.calls.scripts import services
from handover.calls.scripts.models import Script, ScriptVersion
from handover.calls.scripts.services import NewScript, Wording
from live.clock import database_now
from tests.paging.conftest import browser as browser
from tests.paging.conftest import lead as lead
from tests.paging.conftest import make_role as make_role
from tests.paging.conftest import signed_in as signed_in

WORDS = "Do you have pain in your chest now?"
NAME = "Chest pain, first question"


def wording(text=WORDS, *, days=100):
    return Wording(text, database_now() + timedelta(days=days))


@pytest.fixture
def write(actor, admin_person):
    """write(): a script of Oskar's."""

    def do(text=WORDS, *, by=None, days=100, kind="red_flag", reason="symptom", language="en", name=NAME):
        new = NewScript(kind, reason, language, name)
        return services.write_script(actor(by or admin_person), key=uuid4(), new=new, wording=wording(text, days=days))

    return do


@pytest.fixture
def change(actor, admin_person):
    """change(script): its next version, on top of the newest."""

    def do(script, text="Does your chest hurt now?", *, by=None, seen=None, key=None):
        number = seen or script.versions.order_by("-number")[0].number
        told = {"key": key or uuid4(), "script_id": script.pk, "seen": number, "wording": wording(text)}
        return services.write_version(actor(by or admin_person), **told)

    return do


@pytest.fixture
def use(actor, agent_person):
    """use(script): Piet says its newest words, or those of the version given."""

    def do(script, version=None, *, by=None, key=None):
        version = version or script.versions.order_by("-number")[0]
        return services.use(actor(by or agent_person), key=key or uuid4(), version_id=version.pk)

    return do


@pytest.fixture
def judge(actor, agent_person, use):
    """judge(script, "worked", 3): Piet says it three times, and each time how it went."""

    def do(script, how, times=1):
        for _time in range(times):
            told = {"key": uuid4(), "use_id": use(script).pk, "how": how}
            services.say_how_it_went(actor(agent_person), **told)

    return do


@pytest.fixture
def long_ago(admin_person):
    """long_ago(): a script of a hundred days ago, whose words have just run out."""

    def do(*, ended=timedelta(0), text=WORDS, owner=None):
        by, now = owner or admin_person, database_now()
        script = Script.objects.create(kind="answer", reason="", language="en", name="Opening hours", owner=by)
        ScriptVersion.objects.create(
            script=script, number=1, text=text, author=by, at=now - timedelta(days=100), valid_until=now - ended
        )
        return script

    return do
