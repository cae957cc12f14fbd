"""A screen that missed no event shows what a new one would; a thread keeps its promises in any order of acts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from handover.messaging import services
from handover.messaging.models import Acknowledgement, Message, Recipient, Thread
from handover.messaging.rules import applied
from handover.messaging.selectors.threads import snapshot
from handover.messaging.services import ringing
from handover.messaging.services.answering import asked_of
from live import drawing
from live.inbox import announce
from live.models import InboxItem
from live.refusals import Refusal

pytestmark = pytest.mark.django_db


class Screen:
    """What one reader's screen holds: a snapshot, and every event since."""

    def __init__(self, actor, person, thread):
        self.actor, self.person, self.thread = actor, person, thread
        self.number = self._head()
        self.held = self._fresh()

    def _head(self):
        rows = InboxItem.objects.filter(person_id=self.person.pk).order_by("-number")
        return rows.values_list("number", flat=True).first() or 0

    def _fresh(self):
        return snapshot(self.actor(self.person), self.thread.pk)

    def follow(self):
        rows = InboxItem.objects.filter(person_id=self.person.pk, number__gt=self.number).order_by("number")
        for item in list(rows):
            # Drawn one by one and late: an event tells how things stand when it is drawn.
            self.held = applied(self.held, drawing.draw([item])[item.pk])
            self.number = item.number
        return self.held


def acts(actor, thread, amara, tove, noor):
    """One act of each kind that announces, in an order in which each may be done; (event, act)."""

    def key():
        return {"key": uuid4()}

    said = services.Said("NEWS2 is 7", "urgent")

    def last():
        return Message.objects.filter(thread=thread).latest("number")

    def answered(person, answer):
        services.acknowledge(actor(person), **key(), message_id=last().pk, answer=answer, revision=asked_of(last())[1])

    def edited():
        told = {"message_id": last().pk, "text": "NEWS2 is 9", "seen_revision": 0}
        services.edit(actor(amara), **key(), **told)

    def let_go():
        with transaction.atomic():
            announce(*ringing.let_go(last().pk, tove.pk))

    def forwarded():
        told = {"message_id": last().pk, "thread_id": thread.pk, "said": said}
        services.forward(actor(amara), **key(), **told)

    return [
        ("message.sent", lambda: services.send_message(actor(amara), **key(), thread_id=thread.pk, said=said)),
        ("message.let_go", let_go),
        ("message.acknowledged", lambda: answered(tove, "owned")),
        ("message.passed_on", lambda: answered(noor, "busy")),
        ("message.done", lambda: answered(tove, "done")),
        ("message.edited", edited),
        ("message.sent", forwarded),
        ("message.retracted", lambda: services.retract(actor(amara), **key(), message_id=last().pk)),
    ]


def test_a_snapshot_and_its_events_are_a_fresh_snapshot_for_every_kind_of_event(actor, group, amara, tove, noor, lee):
    screen, kinds = Screen(actor, tove, group), set()
    for event, act in acts(actor, group, amara, tove, noor):
        act()
        kinds.add(event)
        # Whoever acts knows it from the answer to the act; every other screen from the event.
        if event not in ("message.acknowledged", "message.done"):
            assert screen.follow() == screen._fresh(), event
        else:
            other = Screen(actor, noor, group)
            assert other.held == other.follow() == other._fresh(), event
            screen.held = screen._fresh()
    services.add_member(actor(amara), key=uuid4(), thread_id=group.pk, person_id=lee.pk)
    assert screen.follow() == screen._fresh()
    services.remove_member(actor(amara), key=uuid4(), thread_id=group.pk, person_id=lee.pk)
    assert screen.follow() == screen._fresh()
    told = InboxItem.objects.filter(person_id__in=[amara.pk, tove.pk, noor.pk, lee.pk]).exclude(event="ladder.climbed")
    from handover.messaging.events import OF_MESSAGES, OF_THREADS

    # Of a task below; of who comes in test_call_in.py; of what nobody owns in test_unowned.py.
    elsewhere = {"message.task_made", "message.coming", "message.not_coming", "message.unowned"}
    assert set(told.values_list("event", flat=True)) == {*OF_MESSAGES, *OF_THREADS} - elsewhere


def test_a_task_reaches_the_screen_too(actor, say, of_patient, amara, tove):
    message = say(amara, of_patient, people=[tove.pk])
    screen = Screen(actor, tove, of_patient)
    task = services.Task("Chase the cultures", tove.pk, timezone.now() + timedelta(hours=1))
    services.make_task(actor(amara), key=uuid4(), message_id=message.pk, task=task)
    assert screen.follow() == screen._fresh()
    assert screen.held["messages"][0]["tasks"] == 1


class ThreadMachine(RuleBasedStateMachine):
    """A group of three, and acts in any order, refused or not: what must hold after each is in the invariants."""

    actor = None
    people = ()
    thread = None

    def __init__(self):
        super().__init__()
        self.sent = 0
        self.words = {}
        self.screens = [Screen(self.actor, person, self.thread) for person in self.people]

    def _try(self, act):
        try:
            return act()
        except Refusal:
            return None

    def _message(self, data):
        rows = list(Message.objects.filter(thread=self.thread).order_by("number"))
        return data.draw(st.sampled_from(rows))

    @rule(who=st.integers(0, 2), level=st.sampled_from(["fyi", "urgent", "emergency"]), text=st.text(max_size=30))
    def send(self, who, level, text):
        told = {"thread_id": self.thread.pk, "said": services.Said(text, level)}
        message = self._try(lambda: services.send_message(self.actor(self.people[who]), key=uuid4(), **told))
        if message is not None:
            self.sent += 1

    @precondition(lambda self: self.sent)
    @rule(who=st.integers(0, 2), answer=st.sampled_from(["owned", "busy", "wrong_person", "done"]), data=st.data())
    def answer(self, who, answer, data):
        message = self._message(data)
        told = {"message_id": message.pk, "answer": answer, "revision": asked_of(message)[1]}
        self._try(lambda: services.acknowledge(self.actor(self.people[who]), key=uuid4(), **told))

    @precondition(lambda self: self.sent)
    @rule(who=st.integers(0, 2), data=st.data(), is_stale=st.booleans())
    def edit(self, who, data, is_stale):
        message = self._message(data)
        seen = asked_of(message)[1] + (1 if is_stale else 0)
        told = {"message_id": message.pk, "text": f"again {seen}", "seen_revision": seen}
        self._try(lambda: services.edit(self.actor(self.people[who]), key=uuid4(), **told))

    @precondition(lambda self: self.sent)
    @rule(who=st.integers(0, 2), data=st.data())
    def retract(self, who, data):
        message = self._message(data)
        self._try(lambda: services.retract(self.actor(self.people[who]), key=uuid4(), message_id=message.pk))

    @precondition(lambda self: self.sent)
    @rule(who=st.integers(0, 2))
    def look(self, who):
        services.see(self.actor(self.people[who]), thread_id=self.thread.pk, number=self.sent)

    @invariant()
    def numbers_have_no_gap(self):
        numbers = list(Message.objects.filter(thread=self.thread).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, self.sent + 1))
        assert Thread.objects.get(pk=self.thread.pk).last_number == self.sent

    @invariant()
    def nobody_answers_their_own_nor_is_done_without_owning(self):
        for row in Acknowledgement.objects.filter(message__thread=self.thread).select_related("message"):
            assert row.person_id != row.message.author_id
            assert Recipient.objects.filter(message=row.message, person_id=row.person_id).exists()
            if row.answer == "done":
                same = {"message": row.message, "person_id": row.person_id, "revision": row.revision}
                assert Acknowledgement.objects.filter(**same, answer="owned").exists()

    @invariant()
    def each_message_reached_everybody_else_once(self):
        for message in Message.objects.filter(thread=self.thread):
            told = InboxItem.objects.filter(event="message.sent", subject_id=message.pk)
            others = sorted(person.pk for person in self.people if person.pk != message.author_id)
            assert sorted(told.values_list("person_id", flat=True)) == others


def test_a_thread_keeps_its_promises_in_any_order_of_acts(actor, group, amara, tove, noor):
    class Machine(ThreadMachine):
        def __init__(self):
            # Each run has a thread of its own, and numbers from one.
            between = services.Between(people=[tove.pk, noor.pk], title="Night team")
            self.thread = services.open_thread(actor(amara), key=uuid4(), between=between)
            super().__init__()

    Machine.actor, Machine.people = staticmethod(actor), (amara, tove, noor)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
