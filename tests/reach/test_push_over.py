"""What a lock screen shows is replaced without a sound once nobody waits for its person any more, and names nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from handover.reach.models import Channel, Delivery
from handover.reach.push import selectors as push_selectors
from handover.reach.push.services import OVER, take_down
from handover.reach.rules import Try
from live.inbox import Subject
from live.models import Rung
from tests.reach.conftest import KIND

pytestmark = pytest.mark.django_db
PUSH = Try(Channel.PUSH, timedelta(0), unless_on_device=False)


@pytest.fixture
def waiting(monkeypatch):
    """The subjects that still wait for somebody, as the room above says."""
    waiting = set()
    monkeypatch.setitem(push_selectors._still_open, KIND, lambda ids: waiting & set(ids))
    return waiting


def is_over(row, *, kind="push.taken", but=()):
    with transaction.atomic():
        take_down(Subject(KIND, row.subject_id), kind=kind, but=but)


@pytest.mark.parametrize("kind", OVER)
def test_whoever_was_rung_is_told_that_it_is_over_by_a_code_and_nothing_else(amara, on_phone, ask, box, waiting, kind):
    browser = on_phone(amara)
    (row,) = ask(amara, PUSH)
    box.drain()
    is_over(row, kind=kind)
    box.drain()
    last = browser.messages()[-1]
    assert set(last) == {"id", "n", "over"}
    assert (last["n"], last["over"]) == (0, OVER[kind])


# The property: a push service cannot tell by its length what a message says, this one neither.
def test_it_is_as_long_as_any_other(amara, on_phone, ask, box, push, waiting):
    on_phone(amara)
    (row,) = ask(amara, PUSH)
    box.drain()
    is_over(row)
    box.drain()
    assert len({len(body) for _, _, body in push.taken}) == 1
    assert len(push.taken) == 3


def test_what_still_waits_is_counted_on(amara, on_phone, ask, box, waiting):
    browser = on_phone(amara)
    (first,), (second,) = ask(amara, PUSH), ask(amara, PUSH)
    waiting.add(second.subject_id)
    box.drain()
    is_over(first)
    box.drain()
    assert (browser.messages()[-1]["n"], browser.messages()[-1]["over"]) == (1, "owned")


def test_whoever_owns_it_and_whoever_was_never_rung_hear_nothing(amara, lee, on_phone, ask, box, waiting):
    amaras, lees = on_phone(amara), on_phone(lee)
    subject = Subject(KIND, uuid4())
    ask(amara, PUSH, subject=subject)
    box.drain()
    ask(lee, PUSH, subject=subject)  # asked, and not sent yet
    before = (len(amaras.messages()), len(lees.messages()))
    with transaction.atomic():
        take_down(subject, kind="push.taken", but=[amara.pk])
    assert not Delivery.objects.filter(subject_kind="push.taken").exists()
    assert before == (len(amaras.messages()), len(lees.messages()))


def test_said_twice_it_is_sent_once(amara, on_phone, ask, box, waiting):
    on_phone(amara)
    (row,) = ask(amara, PUSH)
    box.drain()
    is_over(row)
    is_over(row)
    assert Delivery.objects.filter(subject_kind="push.taken").count() == 1


def test_that_it_was_replaced_is_no_rung_of_the_page(amara, on_phone, ask, box, waiting):
    browser = on_phone(amara)
    (row,) = ask(amara, PUSH)
    box.drain()
    is_over(row)
    box.drain()
    browser.answer()
    assert Rung.objects.filter(subject_id=row.subject_id, name="on_device").count() == 1
