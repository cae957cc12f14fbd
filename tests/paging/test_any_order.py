"""A page in any order of acts, late and wrong ones among them: one owner, nothing silent, and no screen that is old."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from handover.paging import services
from handover.paging.models import Page, PageAnswer, PageAsk, PageStep
from handover.paging.rules import Answer
from handover.paging.services.climbing import DUE
from handover.reach.models import Delivery
from live.models import InboxItem, Timer
from live.refusals import Refusal
from tests.paging.conftest import time_passes, told
from tests.paging.screens import Screen, newest

pytestmark = pytest.mark.django_db
ANSWERS = [Answer.OWNS, Answer.PASSES, Answer.WRONG_PERSON]


def key():
    return {"key": uuid4()}


def acts(actor, page, amara, lee, noor):
    """One act of each kind, in an order in which each may be done: (event, who acts, act)."""
    told_of = {"page_id": page.pk}

    def say(person, said):
        return lambda: services.answer_page(actor(person), **key(), **told_of, said=said)

    return [
        ("ladder.climbed", noor, lambda: services.open_page(actor(noor), **told_of)),
        ("paging.passed", noor, say(noor, Answer.PASSES)),
        ("paging.climbed", None, lambda: time_passes(6)),
        ("paging.nobody", None, lambda: time_passes(6)),
        ("paging.wrong_person", lee, say(lee, Answer.WRONG_PERSON)),
        ("paging.owned", noor, say(noor, Answer.OWNS)),
        ("paging.done", noor, lambda: services.finish_page(actor(noor), **key(), **told_of)),
    ]


def test_a_screen_that_missed_no_event_shows_what_a_new_one_would_for_each_kind(actor, page_out, amara, lee, noor):
    page = page_out()
    screens = {person.pk: Screen(actor, person, page) for person in (amara, noor, lee)}
    for event, who, act in acts(actor, page, amara, lee, noor):
        act()
        if who is not None:
            screens[who.pk].acted()
        for screen in screens.values():
            assert screen.follow() == screen.fresh(), (event, screen.person.display_name)
        assert told(amara, event), event
    other = page_out()
    screen = Screen(actor, noor, other)
    services.withdraw_page(actor(amara), **key(), page_id=other.pk)
    assert screen.follow() == screen.fresh()


def test_every_kind_of_event_of_a_page_is_drawn_for_whoever_is_told(actor, page_out, answer, amara, noor, lee):
    from handover.paging.events import EVENTS
    from live import drawing

    page = page_out()
    for event in EVENTS:
        for person in (amara, noor):
            item = InboxItem(
                pk=1, person_id=person.pk, number=1, event=event, subject_kind="page", subject_id=page.pk, climbs=False
            )
            view = drawing.draw([item])[1]
            assert view is not None, event
            assert view["page"] == str(page.pk), event


class PageMachine(RuleBasedStateMachine):
    """One page at a time, and whatever anybody may do to it, allowed or not; what must hold after each is invariant."""

    actor = None
    people = ()
    send = None

    @initialize(level=st.sampled_from(["emergency", "urgent", "needs_action"]))
    def begins(self, level):
        self.page, self.owner, self.screens = self.send(level), None, {}
        self._look()

    def _look(self):
        """Who sent it and who was asked have it open. A colleague who only looks at it is told of nothing."""
        asked = set(PageAsk.objects.filter(step__page=self.page).values_list("person", flat=True))
        for person in self.people:
            if person.pk not in self.screens and person.pk in {*asked, self.page.sent_by_id}:
                screen = Screen(self.actor, person, self.page)
                if screen.held is not None:
                    self.screens[person.pk] = screen

    def _does(self, person, act):
        try:
            act()
        except Refusal:
            return
        if person.pk in self.screens:
            self.screens[person.pk].acted()

    @rule(who=st.integers(0, 3), said=st.sampled_from(ANSWERS))
    def answer(self, who, said):
        person = self.people[who]
        asked = {"page_id": self.page.pk, "said": said}
        self._does(person, lambda: services.answer_page(self.actor(person), **key(), **asked))

    @rule(who=st.integers(0, 3))
    def opens(self, who):
        person = self.people[who]
        self._does(person, lambda: services.open_page(self.actor(person), page_id=self.page.pk))

    @rule(who=st.integers(0, 3), act=st.sampled_from(["withdraw_page", "raise_page", "finish_page"]))
    def sender_acts(self, who, act):
        person = self.people[who]
        self._does(person, lambda: getattr(services, act)(self.actor(person), **key(), page_id=self.page.pk))

    @rule(minutes=st.sampled_from([1, 6, 31]))
    def waits(self, minutes):
        time_passes(minutes)

    @invariant()
    def it_has_one_owner_for_good(self):
        page = newest(self.page)
        if self.owner is not None:
            assert page.owned_by_id == self.owner
        self.owner = page.owned_by_id
        owns = set(PageAnswer.objects.filter(page=page, said=Answer.OWNS).values_list("person_id", flat=True))
        assert (page.state in ("owned", "done")) == (page.owned_by_id is not None)
        assert page.owned_by_id is None or owns == {page.owned_by_id}

    @invariant()
    def nothing_is_silent(self):
        """Either somebody is asked and a timer goes on without them, or whoever sent it knows how it has ended."""
        page = newest(self.page)
        steps = PageStep.objects.filter(page=page)
        timers = Timer.objects.filter(kind=DUE, subject_id__in=steps.values("pk"))
        if page.state == Page.State.WAITING:
            assert [timer.subject_id for timer in timers] == [steps.get(number=page.step).pk]
            waits_for = set(
                PageAsk.objects.filter(step__page=page, step__number=page.step).values_list("person", flat=True)
            )
            latest = {row.person_id: row.said for row in PageAnswer.objects.filter(page=page).order_by("at", "pk")}
            assert any(latest.get(one, Answer.OWNS) == Answer.OWNS for one in waits_for)
            return
        assert not timers.exists()
        assert not Delivery.objects.filter(subject_kind="page", subject_id=page.pk, state="waiting").exists()
        if page.state == Page.State.NOBODY:
            assert told(page.sent_by, "paging.nobody")
        if page.state == Page.State.OWNED:
            assert told(page.sent_by, "paging.owned") == 1

    @invariant()
    def no_step_fires_twice_or_behind_an_owner(self):
        page = newest(self.page)
        numbers = list(PageStep.objects.filter(page=page).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(len(numbers)))
        assert page.owned is None or not PageStep.objects.filter(page=page, fired__gt=page.owned).exists()

    @invariant()
    def whoever_said_no_is_not_asked_again_by_a_later_step(self):
        for row in PageAnswer.objects.filter(page=self.page).exclude(said=Answer.OWNS):
            later = PageAsk.objects.filter(step__page=self.page, person=row.person_id, step__fired__gt=row.at)
            changed = PageAnswer.objects.filter(page=self.page, person=row.person_id, said=Answer.OWNS)
            assert changed.exists() or not later.exists()

    @invariant()
    def no_screen_is_old(self):
        for screen in self.screens.values():
            assert screen.follow() == screen.fresh(), screen.person.display_name
        self._look()


def test_a_page_keeps_its_promises_in_any_order_of_acts(actor, page_out, amara, lee, noor, make_person, emergency):
    class Machine(PageMachine):
        pass

    tove = make_person("tove@readback.example", "Tove Alderwick", "physician", unit=emergency)
    Machine.actor, Machine.people = staticmethod(actor), (amara, lee, noor, tove)
    Machine.send = staticmethod(page_out)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
