"""Somebody is disabled in the middle of a request: what was not done by then is not done.

Why it matters: the cookie is looked at when a request begins. A form that waits for a lock would
otherwise act for a person who was let go meanwhile.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts import services
from accounts.models import Person
from ledger.models import Event
from live.keys import claim
from live.models import ActKey
from live.refusals import SignedOut
from tests.live.test_keys import until_somebody_waits_for_a_lock


@pytest.mark.django_db
def test_an_act_of_somebody_who_was_let_go_meanwhile_is_refused(actor, amara, emergency, admin_person):
    ready, mine = actor(amara), uuid4()
    services.disable_person(actor(admin_person), key=uuid4(), person_id=amara.pk)
    with pytest.raises(SignedOut, match="nothing was done"):
        services.choose_unit(ready, key=mine, unit_id=emergency.pk)
    assert not ActKey.objects.filter(key=mine).exists()


@pytest.mark.django_db
def test_what_they_did_before_is_not_told_to_them_again(actor, amara, emergency):
    ready, mine = actor(amara), uuid4()
    services.choose_unit(ready, key=mine, unit_id=emergency.pk)
    Person.objects.filter(pk=amara.pk).update(is_active=False)
    with pytest.raises(SignedOut):
        services.choose_unit(ready, key=mine, unit_id=emergency.pk)


@pytest.mark.django_db(transaction=True)
def test_a_request_that_waits_for_a_lock_does_nothing_when_its_person_goes(
    sign_in, actor, admin_person, sent_handover, lee
):
    """Lee's request has passed the door and waits; Lee is disabled; then the lock is free."""
    browser, key = Client(), uuid4()
    sign_in(browser, lee)
    told = {"key": str(key), "version": str(sent_handover.current_id)}

    def send():
        return browser.post(f"/handovers/{sent_handover.pk}/open/", told)

    claimed, may_let_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            claim(key, person_id=lee.pk, act="handover.opened")
            claimed.set()
            assert may_let_go.wait(30)
            transaction.set_rollback(True)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(on_its_own_connection, hold)
        assert claimed.wait(30)
        answer = pool.submit(on_its_own_connection, send)
        until_somebody_waits_for_a_lock(unless=answer)
        services.disable_person(actor(admin_person), key=uuid4(), person_id=lee.pk)
        may_let_go.set()
        held.result(30)
        answer = answer.result(30)
    assert answer.status_code in {401, 404}
    by_lee = Event.objects.filter(event="handover.opened", agent_id=lee.pk)  # the record keeps those of other tests
    assert list(by_lee.values_list("outcome", flat=True)) == ["refused"]


def on_its_own_connection(act):
    try:
        return act()
    finally:
        connection.close()
