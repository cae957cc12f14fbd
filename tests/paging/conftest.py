"""Amara's patient in the emergency department, and two roles of another unit: Noor is on call there, Lee leads it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import Membership
from handover.duty import services as duty
from handover.duty.services import NewRole
from handover.duty.services.ground import LOOK
from handover.paging import services
from handover.paging.models import Page
from handover.paging.rules import Answer
from handover.paging.services import Wanted
from handover.paging.services.climbing import DUE
from live import timers
from live.models import InboxItem, Timer

WORDS = {
    "situation": "NEWS2 7, breathing fast since 02:50",
    "background": "Day 1 after a fall. Allergic to penicillin.",
    "assessment": "I think she is septic",
    "recommendation": "Please come and see her",
    "call_back": "5512",
}


@pytest.fixture
def make_role(actor, admin_person):
    """make_role(unit, name, holder): a role of a unit, held for the next hours by somebody, or by nobody."""

    def make(unit, name, holder=None, **more):
        by = actor(admin_person)
        role = duty.make_role(by, key=uuid4(), unit_id=unit.pk, new=NewRole(name, **more))
        if holder is not None:
            Membership.objects.get_or_create(person=holder, unit=unit)
            now = timezone.now()
            duty.set_holder(
                by, key=uuid4(), role_id=role.pk, person_id=holder.pk, starts=now, ends=now + timedelta(hours=8)
            )
        # The unit's look for gaps is another room's: the timers of these tests are those of pages.
        Timer.objects.filter(kind=LOOK).delete()
        return role

    return make


@pytest.fixture
def signed_in(actor):
    """signed_in(person): they have Readback open somewhere, so that a page reaches them."""
    return actor


@pytest.fixture
def lead(make_role, other_ward, lee, signed_in):
    """Whoever leads the other ward: Lee."""
    signed_in(lee)
    return make_role(other_ward, "Charge nurse", lee, is_lead=True)


@pytest.fixture
def on_call(make_role, other_ward, noor, lead, signed_in):
    """Cardiology on call, of the other ward: Noor, who has no business with Amara's patient."""
    signed_in(noor)
    return make_role(other_ward, "Cardiology on call", noor, profession="physician")


@pytest.fixture
def page_out(actor, amara, patient, on_call):
    """page_out(): Amara's page to cardiology on call, as sent."""

    def send(level="urgent", *, key=None, words=None, **to):
        wanted = Wanted(level=level, words=words or WORDS, **(to or {"role_id": on_call.pk}))
        return services.send_page(actor(amara), key=key or uuid4(), patient_id=patient.pk, wanted=wanted)

    return send


@pytest.fixture
def answer(actor):
    """answer(person, page, said): what they say, from a device of their own."""

    def say(person, page, said=Answer.OWNS, key=None):
        return services.answer_page(actor(person), key=key or uuid4(), page_id=page.pk, said=said)

    return say


def time_passes(minutes):
    """In the rows: every page that waits and its timer lie so many minutes further back; what is due fires."""
    back = timedelta(minutes=minutes)
    Page.objects.exclude(fired=None).update(fired=F("fired") - back)
    Timer.objects.filter(kind=DUE).update(due=F("due") - back)
    return timers.run_due()


def told(person, event):
    """How often somebody was told this."""
    return InboxItem.objects.filter(person_id=person.pk, event=event).count()


def asked(page):
    """Whom each step of the page has asked, by name, in their order; "-" for a step that was passed over."""
    steps = page.climbed.order_by("number").prefetch_related("asks__person")
    return [sorted(ask.person.display_name.split()[0] for ask in step.asks.all()) or "-" for step in steps]


def fresh(page):
    """The page as it stands now."""
    return Page.objects.get(pk=page.pk)


@pytest.fixture
def browser(sign_in):
    """browser(person): they are signed in there."""

    def open_one(person):
        client = Client()
        sign_in(client, person)
        return client

    return open_one


def can_send(monkeypatch, channels_there):
    """These channels are configured, and each reaches whoever has an address for it."""
    from handover.reach import channels
    from handover.reach.models import ContactPoint

    class Anybody:
        def __init__(self, channel):
            self.channel = channel

        def reaches(self, person_ids):
            rows = ContactPoint.objects.filter(person_id__in=person_ids, channel=self.channel)
            return set(rows.values_list("person_id", flat=True))

        proves = reaches

    found = {each: Anybody(each) for each in channels_there}
    monkeypatch.setattr(channels, "configured", lambda: found)
