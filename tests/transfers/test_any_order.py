"""Any acts by any people in any order: none leads to what must never be, and the pages offer what will be done."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.models import Duty
from handover.patients import access
from handover.patients import services as patients
from handover.patients.documents import Section, SectionState, Summary, VitalSigns
from handover.patients.models import Encounter
from handover.patients.sealed import summary_of
from handover.transfers import facts, rules, sealed, services
from handover.transfers.models import (
    Acceptance,
    ChecklistItem,
    Handover,
    OpenAction,
    Override,
    Question,
    Responsibility,
    Synthesis,
    Transfer,
)
from ledger.models import Event
from live.models import Rung
from live.refusals import NotFound, Refusal
from tests.fixtures_patients import make_vitals
from tests.fixtures_transfers import make_ipass, make_synthesis

WHO = st.sampled_from(("amara", "bo", "lee", "isa", "noor", "ingrid"))
SENDERS = st.sampled_from(("amara", "amara", "bo"))
RECEIVERS = st.sampled_from(("lee", "lee", "lee", "isa", "noor"))
# Refusals whose cause no page can know beforehand: what is sealed, who is on duty, another move.
NOT_FORESEEN = ("severity_differs", "nobody_there", "not_here", "other_transfer", "not_there", "too_soon")
# The wards of the earlier sequences are full of namesakes (fixtures_patients.py), so the year is asked for.
BORN = "1970"
EXPLORE = int(os.environ.get("READBACK_EXPLORE", "0"))
EXAMPLES = EXPLORE or 24
CLIMB = ["opened", "read", "said_back", "accepted"]


class Ward(RuleBasedStateMachine):
    """One patient, six people. `world` is set by the test; `done` counts what was done over all the sequences."""

    world: dict[str, Any]
    done: Counter[str] = Counter()

    @initialize()
    def admit(self) -> None:
        self.clock = time_machine.travel(timezone.now(), tick=True)
        self.traveller = self.clock.start()
        vitals = Section[VitalSigns](state=SectionState.FILLED, entries=(make_vitals(timezone.now()),))
        self.patient = self.world["make_patient"](self.world["emergency"], summary=Summary(vital_signs=vitals))
        self.covers: Duty | None = None
        self.write_and_send(name="amara", to="duty")

    def teardown(self) -> None:
        if hasattr(self, "clock"):
            Duty.objects.filter(person=self.person("noor").person, unit=self.world["ward"]).delete()
            self.clock.stop()

    # How an act is tried

    def person(self, name: str) -> Any:
        return self.world["actor"](name)

    @property
    def handover(self) -> Handover:
        rows = Handover.objects.filter(patient=self.patient).select_related("current", "transfer")
        return rows.latest("created")

    def offered(self, name: str) -> frozenset[str]:
        """What the page of this person would offer."""
        actor = self.person(name)
        seen = facts.seen_by(actor, self.handover.pk, now=timezone.now())
        if access.relationship_for(actor, self.patient.pk) is None or not seen:
            return frozenset()
        if seen.handover.status == "draft" and not seen.standing.is_author:
            return frozenset()
        return rules.may(facts.with_gate(seen, actor, now=timezone.now()).standing)

    def events(self) -> list[str]:
        return list(Event.objects.filter(patient_id=self.patient.pk).order_by("id").values_list("event", flat=True))

    def attempt(self, name: str, act: str, event: str, call: Callable[[], Any]) -> Any:
        """The act is done exactly when it was offered; done, it is on the record; refused, it has left nothing."""
        offered, before = self.offered(name), len(self.events())
        try:
            result = call()
        except Refusal as refusal:
            assert len(self.events()) == before
            if act in offered and refusal.code not in NOT_FORESEEN:
                raise
            return None
        assert act in offered, (name, act, sorted(offered))
        # A rung that stood already is not put on the record again.
        assert event in self.events()[before:] or event == "handover.read"
        self.done[event] += 1
        if act == "accept" and self.handover.transfer is not None:
            assert name in ("lee", "isa") or (name == "noor" and self.covers is not None), name
        return result

    def on(self, name: str, act: str) -> Any:
        """One act of this person on the newest handover, with what it takes to be a whole one."""
        who, handover = self.person(name), self.handover
        it, move = {"key": uuid4(), "handover_id": handover.pk}, {"key": uuid4(), "transfer_id": handover.transfer_id}
        version = {**it, "version_id": handover.current_id}
        digest = bytes(handover.current.digest).hex() if handover.current else ""
        number = handover.current.number if handover.current else 0
        event, call = {
            "withdraw": ("handover.withdrawn", lambda: services.withdraw_handover(who, **it)),
            "edit": (
                "handover.edited",
                lambda: services.edit_handover(who, **it, ipass=make_ipass(), seen_version=number),
            ),
            "remind": ("handover.reminded", lambda: services.remind(who, **it)),
            "confirm": (
                "handover.confirmed",
                lambda: services.confirm(who, **version, summary_number=summary_of(self.patient)[0]),
            ),
            "renew": ("handover.edited", lambda: services.renew_handover(who, **it)),
            "read": ("handover.read", lambda: services.read_handover(who, **version)),
            "ask": ("handover.asked", lambda: services.ask(who, **it, text="Which arm?")),
            "call": ("handover.call_requested", lambda: services.request_call(who, **it)),
            "accept": ("handover.accepted", lambda: services.accept(who, **version, digest=digest)),
            "decline": ("handover.declined", lambda: services.decline(who, **it, code="no_bed", reason="No bed")),
            "depart": ("transfer.departed", lambda: services.depart(who, year_of_birth=BORN, **move)),
            "arrive": ("transfer.arrived", lambda: services.arrive(who, **move)),
            "cancel": ("transfer.cancelled", lambda: services.cancel_transfer(who, **move)),
            "return": ("transfer.returned", lambda: services.return_patient(who, **move)),
        }[act]
        return self.attempt(name, act, event, call)

    # The acts

    @rule(name=SENDERS, to=st.sampled_from(["duty", "duty", "unit", "lee", "noor"]))
    def write_and_send(self, name: str, to: str) -> None:
        """A new handover when the last one leads nowhere any more; else the last one, sent again to somebody else."""
        last = Handover.objects.filter(patient=self.patient).order_by("-created").first()
        if last is None or last.status in ("withdrawn", "accepted"):
            try:
                draft = services.draft_handover(self.person(name), key=uuid4(), patient_id=self.patient.pk)
            except NotFound:
                return
            if draft.draft_revision == 1:
                services.save_draft(
                    self.person(name), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(), revision=1
                )
        ward, handover = self.world["ward"], self.handover
        recipient = (
            services.Recipient({"duty": "on_duty"}.get(to, to), unit_id=ward.pk)
            if to in ("duty", "unit")
            else services.Recipient("person", person_id=self.person(to).person.pk)
        )
        plan = services.TransferPlan(to_unit_id=ward.pk, to_bed="4") if handover.transfer is None else None
        self.attempt(
            name,
            "send",
            "handover.sent",
            lambda: services.send_handover(
                self.person(name), key=uuid4(), handover_id=handover.pk, to=recipient, transfer=plan
            ),
        )

    @rule(name=RECEIVERS, severity=st.sampled_from(["watcher", "watcher", "watcher", "stable"]))
    def go_on_receiving(self, name: str, severity: str) -> None:
        """Read, say back, accept: as far as it goes."""
        if self.handover.current is None:
            return
        self.on(name, "read")
        self.say_back(name, severity)
        self.on(name, "accept")

    @rule(sender=SENDERS, receiver=RECEIVERS)
    def hand_over_properly(self, sender: str, receiver: str) -> None:
        """What mostly happens, so that what comes after it is reached often."""
        self.answer_everything(sender)
        self.go_on_receiving(receiver, "watcher")
        self.go_on_moving(sender, "attached")

    @rule(name=SENDERS)
    def answer_everything(self, name: str) -> None:
        for question in Question.objects.filter(handover=self.handover, answered=None):
            told = {"question_id": question.pk, "text": "Left"}
            call = lambda told=told: services.answer(self.person(name), key=uuid4(), **told)  # noqa: E731
            self.attempt(name, "answer", "handover.answered", call)

    @rule(name=RECEIVERS, severity=st.sampled_from(["watcher", "stable"]))
    def say_back(self, name: str, severity: str) -> None:
        handover = self.handover
        self.attempt(
            name,
            "say_back",
            "handover.said_back",
            lambda: services.say_back(
                self.person(name),
                key=uuid4(),
                handover_id=handover.pk,
                version_id=handover.current_id or uuid4(),
                synthesis=make_synthesis(severity),
            ),
        )

    @rule(name=RECEIVERS)
    def ask(self, name: str) -> None:
        self.on(name, "ask")

    @rule(name=SENDERS)
    def correct(self, name: str) -> None:
        row = Synthesis.objects.filter(version_id=self.handover.current_id, corrected=None).first()
        if row is not None:
            call = lambda: services.correct_synthesis(self.person(name), key=uuid4(), synthesis_id=row.pk, text="No")  # noqa: E731
            self.attempt(name, "correct", "handover.corrected", call)

    @rule(name=SENDERS, act=st.sampled_from(["edit", "renew"]))
    def change(self, name: str, act: str) -> None:
        self.on(name, act)

    @rule(name=SENDERS, state=st.sampled_from(["attached", "attached", "attached", "missing"]))
    def go_on_moving(self, name: str, state: str) -> None:
        """Check what travels, then let them go if the gate is open: exactly when its reasons are none."""
        handover = self.handover
        for item in ChecklistItem.objects.filter(transfer_id=handover.transfer_id, is_required=True).exclude(
            state=state
        ):
            told = {"transfer_id": handover.transfer_id, "code": item.code, "state": state, "reason": "Follows"}
            call = lambda told=told: services.set_checklist_item(self.person(name), key=uuid4(), **told)  # noqa: E731
            self.attempt(name, "set_checklist", "transfer.checklist_set", call)
        self.depart(name)

    @rule(name=SENDERS)
    def depart(self, name: str) -> None:
        handover = self.handover
        if handover.transfer is None:
            return
        gate = facts.gates(list(Handover.objects.filter(pk=handover.pk)), now=timezone.now())[handover.pk]
        left = self.on(name, "depart")
        if left is not None:
            assert (gate == ()) == (left.departed_under is None)
            self.done["gate open" if gate == () else "under an override"] += 1

    @rule(name=RECEIVERS)
    def arrive(self, name: str) -> None:
        self.on(name, "arrive")

    @rule(name=SENDERS, second=SENDERS, is_emergency=st.booleans())
    def override(self, name: str, second: str, is_emergency: bool) -> None:
        transfer_id = self.handover.transfer_id
        told = {"transfer_id": transfer_id, "reason": "Theatre is calling", "is_emergency": is_emergency}
        self.attempt(
            name,
            "override",
            "transfer.override_requested",
            lambda: services.request_override(self.person(name), key=uuid4(), **told),
        )
        row = Override.objects.filter(transfer_id=transfer_id).order_by("-requested").first()
        if row is not None:
            call = lambda: services.approve_override(self.person(second), key=uuid4(), override_id=row.pk)  # noqa: E731
            self.attempt(second, "approve", "transfer.override_approved", call)

    @rule(name=WHO, act=st.sampled_from(["withdraw", "decline", "cancel", "return"]))
    def make_trouble(self, name: str, act: str) -> None:
        self.on(name, act)

    @rule(
        name=WHO,
        act=st.sampled_from(
            [
                "edit",
                "renew",
                "remind",
                "read",
                "confirm",
                "confirm",
                "ask",
                "call",
                "accept",
                "decline",
                "depart",
                "arrive",
            ]
        ),
    )
    def try_anything(self, name: str, act: str) -> None:
        self.on(name, act)

    @rule(breaths=st.sampled_from([16, 16, 30]))
    def measure(self, breaths: int) -> None:
        entry = make_vitals(timezone.now(), respirations_per_min=breaths)
        told = {"patient_id": self.patient.pk, "section": "vital_signs", "entry": entry, "seen_number": None}
        name = "amara" if access.relationship_for(self.person("amara"), self.patient.pk) else "lee"
        patients.put_entry(self.person(name), key=uuid4(), **told)

    @rule()
    def noor_covers_the_ward_or_covers_it_no_longer(self) -> None:
        """A physician who belongs elsewhere, on duty in the ward for a while: what they accepted meanwhile stays."""
        if self.covers is None:
            noor = self.person("noor").person
            self.covers = Duty.objects.create(person=noor, unit=self.world["ward"], starts=timezone.now())
            return
        self.traveller.shift(timedelta(seconds=1))
        self.covers.ends = timezone.now()
        self.covers.save(update_fields=["ends"])
        self.covers = None

    @rule(minutes=st.sampled_from([5, 60, 250]))
    def time_passes(self, minutes: int) -> None:
        self.traveller.shift(timedelta(minutes=minutes))

    # What must always be

    @invariant()
    def one_person_has_the_patient_and_the_history_has_no_gap(self) -> None:
        rows = list(Responsibility.objects.filter(patient_id=self._patient_id()).order_by("since"))
        assert sum(1 for row in rows if row.until is None) == (1 if rows else 0)
        assert [row.until for row in rows[:-1]] == [row.since for row in rows[1:]]
        waiting = OpenAction.objects.filter(patient_id=self._patient_id(), done=None, dropped=None)
        assert {row.owner_id for row in waiting} <= {rows[-1].person_id if rows else None}

    @invariant()
    def what_is_accepted_is_the_current_version(self) -> None:
        rows = Handover.objects.filter(patient_id=self._patient_id(), status="accepted")
        for row in rows.select_related("current"):
            acceptance = Acceptance.objects.get(version=row.current)
            assert acceptance.person_id == row.accepted_by_id != row.author_id
            document = sealed.document_of(row.current, patient_id=row.patient_id)
            assert bytes(acceptance.digest) == bytes(row.current.digest) == document.digest()

    @invariant()
    def nobody_left_without_an_acceptance_or_an_override(self) -> None:
        moves = Transfer.objects.filter(patient_id=self._patient_id(), departed__isnull=False)
        for move in moves.select_related("handover", "departed_under"):
            if move.departed_under is None:
                assert move.handover.status == "accepted"
                assert Acceptance.objects.get(version_id=move.handover.current_id).unit_id == move.to_unit_id
            else:
                assert move.departed_under.is_emergency or move.departed_under.approved

    @invariant()
    def the_patient_is_where_the_last_arrival_was(self) -> None:
        for stay in Encounter.objects.filter(patient_id=self._patient_id(), status="active"):
            moves = Transfer.objects.filter(patient_id=stay.patient_id, status="arrived")
            move = moves.order_by("-arrived").first()
            assert stay.unit_id == (move.to_unit_id if move else self.world["emergency"].pk)

    @invariant()
    def every_ladder_is_climbed_from_the_bottom(self) -> None:
        reached: dict[object, set[str]] = {}
        versions = Handover.objects.filter(patient_id=self._patient_id()).values("versions__pk")
        for rung in Rung.objects.filter(subject_id__in=versions):
            reached.setdefault((rung.subject_id, rung.person_id), set()).add(rung.name)
        for names in reached.values():
            climbed = [name for name in CLIMB if name in names]
            assert climbed == CLIMB[: len(climbed)]

    def _patient_id(self) -> object:
        return self.patient.pk if hasattr(self, "patient") else None


@pytest.mark.django_db
def test_no_sequence_of_acts_reaches_what_must_never_be(
    make_patient, make_person, actor, emergency, ward, amara, lee, noor, officer
):
    people = {
        "amara": amara,
        "bo": make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency),
        "lee": lee,
        "isa": make_person("isa@readback.example", "Isa Thornapple", "nurse", unit=ward, on_duty=False),
        "noor": noor,
        "ingrid": officer,
    }
    actors = {name: actor(person) for name, person in people.items()}
    Ward.world = {"make_patient": make_patient, "actor": actors.__getitem__, "emergency": emergency, "ward": ward}
    Ward.done.clear()
    run_state_machine_as_test(
        Ward,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=25,
            # The same walks in each run of the suite, so that a failure is everybody's; READBACK_EXPLORE=200 walks
            # two hundred new ones.
            derandomize=not EXPLORE,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Walks that never get anywhere would prove nothing.
    if not EXPLORE:
        assert {"handover.sent", "handover.accepted", "transfer.departed", "handover.edited"} <= set(Ward.done), (
            Ward.done
        )
