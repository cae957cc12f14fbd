"""No word about a patient is kept in plain anywhere: not at rest in the data centre, and not in a browser.

One run of real servers (two, with a real Redis between them) and two real browsers. Every place is searched for the
values that were planted as a patient's, which must not be found, and for a value that the test itself has put there,
which must be: a search that cannot find is no proof of a clean place.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import Client

from tests.browser import find_chromium
from tests.canary.canaries import Canaries, Piece, found_in, new_word
from tests.canary.phones import Phone, Program
from tests.canary.places import Database, RedisWatch, control_table, deleted_files, files
from tests.canary.story import Story
from tests.canary.trouble import Trouble

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
LEAST = 40
Place = Callable[[], Iterable[Piece]]


@pytest.fixture
def home():
    made = Path(tempfile.mkdtemp(prefix="readback-canary-"))
    for name in ("temporary", "uploads"):
        (made / name).mkdir()
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def database(transactional_db):
    with Database().keeping_its_log() as kept:
        yield kept


@pytest.fixture
def control(database):
    """The value that every place is given, in a table of the database first."""
    value = new_word()
    with control_table(value):
        yield value


@pytest.fixture
def watch(private_redis):
    made = RedisWatch(private_redis.url)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def servers(rig, private_redis, watch, home):
    return rig.start(2, redis_url=private_redis.url, extra={"TMPDIR": str(home / "temporary")}, under="localhost")


@pytest.fixture
def playwright(monkeypatch):
    from playwright.sync_api import sync_playwright

    # playwright's own loop runs in this thread; the ORM is used beside it, never inside it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as started:
        yield started
        # Beside its loop Django keeps connections of their own, which nobody else would close.
        connections.close_all()


@pytest.fixture
def phone_of(playwright, servers, home):
    """phone_of(person, server): a phone with a profile of its own, and this person signed in on it."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium was found")

    def start(person, server):
        phone = Phone(playwright, chromium=chromium, profile=home / str(person.pk), origin=server.url)
        phone.sign_in(person.email)
        return phone

    return start


@pytest.fixture
def program(playwright, servers, sign_in):
    """program(person): the API in this person's name, at the first server."""

    def start(person):
        client = Client()
        sign_in(client, person, device="Program")
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        return Program(playwright, origin=servers[0].url, cookie=cookie)

    return start


@pytest.fixture
def story(phone_of, servers, program, home, amara, lee, make_person, emergency, ward):
    """Amara at the first server, Lee at the second, and Ines, who works with Amara."""
    ines = make_person("ines@readback.example", "Ines Marchpane", "physician", unit=emergency)
    return Story(
        Canaries(),
        amara=phone_of(amara, servers[0]),
        lee=phone_of(lee, servers[1]),
        program=program(amara),
        colleague=program(ines),
        ward_id=str(ward.pk),
        emergency_id=str(emergency.pk),
        directory=home / "uploads",
    )


@pytest.fixture
def trouble(story, program, noor):
    """What comes after it, and Noor, who has no part in it."""
    return lambda: Trouble(story, stranger=program(noor))


@pytest.fixture
def desk(phone_of, servers, officer):
    """The compliance officer's."""
    return lambda: phone_of(officer, servers[0])


def test_nothing_of_a_patient_is_kept_in_plain_anywhere(
    story, trouble, desk, servers, database, watch, control, home, rig, record_testsuite_property
):
    play(story)
    phones, canaries = (story.amara, story.lee, desk()), story.canaries
    story.look_into_the_record(phones[-1])
    go_wrong(trouble())
    put_control(control, phones=phones, redis_url=watch.url, directories=(home / "temporary", rig.directory))
    for phone in phones:
        phone.keep()
        phone.close()
    watch.stop()
    assert canaries.unread() == []
    assert len(canaries.planted) >= LEAST
    record_testsuite_property("canaries", len(canaries.planted))
    assert [error for phone in phones for error in phone.errors] == []
    places: dict[str, Place] = {
        "a dump of the database": database.dump,
        "the database's files": database.data_files,
        "its write-ahead log": database.write_ahead_log,
        "what Redis was told": watch.commands,
        "what Redis holds": watch.keys,
        "the servers' logs": lambda: files(rig.directory),
        "temporary files": lambda: files(home / "temporary"),
        "addresses": lambda: chain(*(phone.urls() for phone in phones)),
        "titles": lambda: chain(*(phone.seen_titles() for phone in phones)),
        "storage of the browsers": lambda: chain(*(phone.storage() for phone in phones)),
        "profiles of the browsers": lambda: chain(*(phone.on_disk() for phone in phones)),
    }
    unreachable: dict[str, Place] = {
        "statements that the database shows": database.statements,
        "the database server's log": database.log,
        "the directory of the product": lambda: files(settings.VAR_DIR),
        "files that the servers have deleted": lambda: deleted_files(*(server.pid for server in servers)),
    }
    wanted = [control, *canaries.planted]
    found = {name: found_in(pieces(), wanted) for name, pieces in (places | unreachable).items()}
    assert [name for name in places if control not in found[name]] == []
    leaks = {
        f"{canaries.planted[value]}, in {name}": sorted(where)
        for name, values in found.items()
        for value, where in values.items()
        if value != control
    }
    assert leaks == {}


def play(story: Story) -> None:
    """The whole of it, in the order in which it happens on a ward."""
    story.register()
    story.fill_every_section()
    story.correct_and_remove()
    story.type_to_the_score()
    story.import_files()
    story.search()
    story.write()
    story.receive()
    story.say_back()
    story.accept()
    story.talk()
    story.call()
    story.leave()
    story.read_everything()
    story.decline()


def go_wrong(trouble: Trouble) -> None:
    """What the product refuses, and two ways to make it fail."""
    trouble.bad_fields()
    trouble.bad_bodies()
    trouble.bad_frames()
    trouble.addresses()
    trouble.a_table_that_is_gone()
    trouble.a_value_that_was_changed()


def put_control(control: str, *, phones: Iterable[Phone], redis_url: str, directories: Iterable[Path]) -> None:
    """The control value in every place that a journey could have written to."""
    with redis.Redis.from_url(redis_url) as client:
        client.set("control", control)
    for directory in directories:
        (directory / "control").write_text(control)
    for phone in phones:
        phone.open(f"/directory/?words={control}")
        phone.page.evaluate("(text) => { document.title = text; localStorage.setItem('control', text); }", control)
        phone.read()
