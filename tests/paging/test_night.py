"""A simulated night: hundreds of pages, a device that is dead, a step that is empty, a wrong person; nothing is lost.

Time passes in the rows, by the events of the night: the next answer of a simulated person or the next timer that is
due. Half of the people answer within half a minute of their phone ringing, most within a minute and a half, some never.
Whose device is dead hears nothing until a text message or a call reaches them, 20 and 60 seconds later.
"""

import heapq
import os
import random
import sys
from collections import Counter
from datetime import timedelta
from math import exp
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import F

from handover.paging import services
from handover.paging.models import Page, PageAnswer, PageAsk, PageStep
from handover.paging.rules import Answer
from handover.paging.services import Wanted
from handover.paging.services.climbing import DUE
from ledger.models import Event
from live import timers
from live.models import Timer
from live.refusals import Conflict, NotFound
from tests.paging.conftest import WORDS, told

pytestmark = pytest.mark.django_db(transaction=True)
# The whole night of docs/performance.md has 500: NIGHT_PAGES=500.
PAGES, SEED, HOURS = int(os.environ.get("NIGHT_PAGES", "40")), 20261129, 10
# Of the answers: wrong person, and busy.
WRONG, BUSY = 0.05, 0.1
DEAD_DEVICE_HEARS_AFTER = 20


class Night:
    """The events of one night in their order. `seconds` is how late it is."""

    def __init__(self, seed, actor, people, dead, silent):
        self.random, self.actor, self.people, self.dead = random.Random(seed), actor, people, dead
        self.silent = silent
        self.seconds, self.events, self.owned, self.sent = 0.0, [], {}, {}
        # When somebody first said anything to each page, seconds after it was sent.
        self.answered = {}
        self.heard = set()

    def later(self, seconds, act, *told):
        heapq.heappush(self.events, (self.seconds + seconds, len(self.events) + self.random.random(), act, told))

    def pass_until(self, moment):
        """In the rows what waits lies so much further back: until then, or until the first timer on the way fires."""
        due = self._next_timer()
        if due is not None and self.seconds + due <= moment:
            self._shift(max(due, 0) + 0.001)
            self.seconds += max(due, 0)
            timers.run_due()
            self.listen()
            return
        self._shift(moment - self.seconds)
        self.seconds = moment

    def _next_timer(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM min(due) - clock_timestamp()) FROM live_timer WHERE kind = %s", [DUE]
            )
            (found,) = cursor.fetchone()
        return float(found) if found is not None else None

    def _shift(self, seconds):
        back = timedelta(seconds=seconds)
        Page.objects.exclude(fired=None).update(fired=F("fired") - back)
        Timer.objects.filter(kind=DUE).update(due=F("due") - back)

    def listen(self):
        """Whoever was asked since hears their phone, and will answer or not."""
        for ask in PageAsk.objects.exclude(pk__in=self.heard).select_related("step"):
            self.heard.add(ask.pk)
            kind = self.random.random()
            if kind < self.silent:
                continue
            said = Answer.WRONG_PERSON if kind < self.silent + WRONG else Answer.OWNS
            said = Answer.PASSES if self.silent + WRONG <= kind < self.silent + WRONG + BUSY else said
            # Lognormal: median 25 s, nine of ten within 55 s.
            takes = 25 * exp(self.random.gauss(0, 0.6))
            takes += DEAD_DEVICE_HEARS_AFTER if ask.person_id == self.dead.pk else 0
            self.later(takes, self.answer, ask.step.page_id, ask.person_id, said)

    def answer(self, page_id, person_id, said):
        try:
            page = services.answer_page(self.actor(self.people[person_id]), key=uuid4(), page_id=page_id, said=said)
        except Conflict:
            return  # a colleague was quicker
        except NotFound:
            # Who has said that it is not them is let in no more, though they were asked by two steps.
            assert PageAnswer.objects.filter(page=page_id, person=person_id, said=Answer.WRONG_PERSON).exists()
            return
        self.answered.setdefault(page_id, self.seconds - self.sent[page_id])
        if page.state == "owned":
            self.owned.setdefault(page_id, self.seconds - self.sent[page_id])
        self.listen()


def at(seconds, share):
    """The value at this share of the sorted list."""
    return seconds[int(len(seconds) * share)]


@pytest.fixture
def hospital(make_role, make_person, emergency, ward, other_ward, lead, actor, lee):
    """Three units, each with a doctor on call, a backup and a lead who is rung last; one role that nobody holds.

    And who holds each role, by its id.
    """
    people, roles, holders = {}, [], {lead.pk: lee.pk}
    for number, unit in enumerate((emergency, ward, other_ward)):
        names = ("doctor", "backup") if unit == other_ward else ("doctor", "backup", "lead")
        held = {}
        for name in names:
            profession = "nurse" if name == "lead" else "physician"
            person = make_person(f"{name}{number}@readback.example", f"{name.title()} Number {number}", profession)
            actor(person)
            held[name] = make_role(unit, f"{name} {number}", person, is_lead=name == "lead")
            people[person.pk] = person
            holders[held[name].pk] = person.pk
        type(held["doctor"]).objects.filter(pk=held["doctor"].pk).update(covered_by=held["backup"])
        roles.append(held["doctor"])
    people[lee.pk] = lee
    empty = make_role(ward, "Stroke on call", covered_by=None)
    return people, roles, empty, holders


# A night in which everybody answers in the end, and one in which every eighth page is heard by nobody.
@pytest.mark.parametrize("silent", [0, 0.12])
def test_no_page_of_the_night_is_lost_and_none_reaches_somebody_it_does_not_mean(
    hospital, actor, amara, patient, capsys, silent
):
    people, roles, empty, holders = hospital
    doctors = [person for person in people.values() if person.display_name.startswith("Doctor")]
    night = Night(SEED, actor, people, dead=doctors[0], silent=silent)

    def send(role, level):
        wanted = Wanted(level=level, words=WORDS, role_id=role.pk)
        page = services.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
        night.sent[page.pk] = night.seconds
        night.listen()

    for number in range(PAGES):
        role = empty if number % 25 == 7 else roles[number % 3]
        moment = night.random.uniform(0, HOURS * 3600)
        night.later(moment, send, role, "emergency" if number % 10 == 0 else "urgent")
    while night.events or night._next_timer() is not None:
        moment = night.events[0][0] if night.events else night.seconds + 3600
        night.pass_until(moment)
        # A timer on the way may have made somebody's answer the next event.
        if night.events and night.events[0][0] <= night.seconds + 1e-6:
            _, _, act, told_to = heapq.heappop(night.events)
            act(*told_to)
    owned, answered = sorted(night.owned.values()), sorted(night.answered.values())
    states = Counter(Page.objects.values_list("state", flat=True))
    with capsys.disabled():
        sys.stdout.write(
            f"\n  a night of {PAGES} pages: {dict(states)}; a person's answer p50 {at(answered, 0.5):.0f} s, "
            f"p95 {at(answered, 0.95):.0f} s; an owner p50 {at(owned, 0.5):.0f} s, p95 {at(owned, 0.95):.0f} s\n"
        )
    # By the night's own clock, which is the rows'. Forty are too few for a share of them to say much.
    assert silent or PAGES < 200 or at(answered, 0.95) < 90
    # Nothing is lost: each is owned, or its sender has been told that it reached nobody.
    assert Page.objects.count() == PAGES
    assert states["owned"] + states["nobody"] == PAGES
    gave_up = set(
        Event.objects.filter(event="paging.nobody", entity_id__in=night.sent).values_list("entity_id", flat=True)
    )
    assert told(amara, "paging.nobody") == len(gave_up)
    assert set(Page.objects.filter(state="nobody").values_list("pk", flat=True)) <= gave_up
    # Nobody was asked whom the page did not mean: the holder of its role, that role's backup, its unit's lead.
    for ask in PageAsk.objects.select_related("step__page__role", "role"):
        page = ask.step.page
        assert ask.person_id == holders[ask.role_id]
        assert ask.role_id in {page.role_id, page.role.covered_by_id} or (
            ask.role.is_lead and ask.role.unit_id == page.unit_id
        )
    # The empty step was passed over in the moment it was reached.
    for step in PageStep.objects.filter(page__role=empty, number=0):
        assert step.skipped == "empty"
    # No step fired behind an owner.
    for page in Page.objects.filter(state="owned"):
        assert page.climbed.filter(number__gt=page.step).count() == 0
