"""Amara has a telephone and a number for text messages; a provider listens on this machine."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from handover.reach import outbox, services
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.reach.rules import Try
from handover.reach.sealed import seal_address
from live.inbox import Subject
from tests.accounts.phones import on_shared_phone
from tests.reach.phones import CONTACT, Browser, push_service
from tests.reach.provider import serving

SMS, VOICE = Channel.SMS, Channel.VOICE
NUMBER = "+442079460111"
KIND = "test.page"
NOW = timedelta(0)


@pytest.fixture
def provider(settings):
    with serving() as provider:
        settings.SMS_URL = settings.VOICE_URL = provider.url
        settings.GATEWAY_SECRET = "a secret of the provider's, for tests only"
        yield provider


@pytest.fixture
def box(provider):
    """The outbox of one process, whose threads and connection end with the test."""
    made = outbox.Outbox()
    yield made
    for threads in made._threads.values():
        threads.shutdown()


@pytest.fixture
def give(db):
    """give(person, channel, address): an address of theirs that was shown to be theirs."""

    def make(person, channel, address=NUMBER, *, is_verified=True):
        point = ContactPoint(person=person, channel=channel, verified=timezone.now() if is_verified else None)
        seal_address(point, address)
        point.save(force_insert=True)
        return point

    return make


@pytest.fixture
def ask(db):
    """ask(person, Try(...), ...): an alert about a subject of its own, or of the one given. Returns its rows."""

    def make(person, *tries, key=None, subject=None):
        subject = subject or Subject(KIND, uuid4())
        tries = tries or (Try(SMS, NOW),)
        with transaction.atomic():
            services.alert([services.Alert(key or uuid4(), person.pk, subject, "urgent", tries)])
        return list(Delivery.objects.filter(subject_id=subject.id).order_by("due", "channel"))

    return make


@pytest.fixture
def push(settings):
    """A push service on this machine, which this installation knows."""
    settings.PUSH_CONTACT, settings.PUSH_LOOPBACK = CONTACT, True
    with push_service() as service:
        yield service


@pytest.fixture
def on_phone(push, sign_in):
    """on_phone(person): their browser, signed in and said yes to. `client` is that browser's; is_shared: a ward's."""

    def give(person, *, client=None, is_shared=False):
        client, browser = client or Client(), Browser(push)
        if is_shared:
            on_shared_phone(client, person)
        sign_in(client, person)
        assert client.post("/reach/push/on/", browser.form).status_code == 303
        return browser

    return give


def pass_seconds(seconds):
    """In the rows: everything lies so much further back."""
    back = timedelta(seconds=seconds)
    Delivery.objects.update(due=F("due") - back, leased_until=F("leased_until") - back)


def apart(work):
    """A function that closes its thread's connection when it ends."""

    def run(*args):
        try:
            return work(*args)
        finally:
            connection.close()

    return run
