"""The demonstration hospital: the same each time, whole, and made once."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.demonstration import EMAILS, demonstration_people
from accounts.models import CLINICAL_ROLES, Duty, Facility, Person, Role, Unit
from audit.review.models import FlagReason
from config.demonstration import stories
from config.demonstration.build import build
from config.demonstration.hospital import make_house
from config.demonstration.names import EMERGENCY, SEVEN_EAST
from config.demonstration.patients import admissions, make_patients, plans_at
from config.demonstration.seeds import Scale, id_of
from handover.paging.models import Page
from handover.patients import rules, sealed
from handover.patients.documents import IllnessSeverity, SectionState
from handover.patients.models import CareRelationship, Encounter, Patient, SummaryVersion
from handover.transfers.models import Handover, Override, Question, Responsibility, Synthesis, Transfer
from ledger.models import Event
from live.models import InboxItem

SMALL = Scale(patients=90, staff=50)
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_at_full_scale_it_has_400_patients_in_12_units_and_a_busy_ward_of_28():
    counts = {plan.name: count for plan, count in plans_at(Scale())}
    assert (len(counts), sum(counts.values()), counts[SEVEN_EAST]) == (12, 400, 28)
    assert len({plan.facility for plan, _count in plans_at(Scale())}) == 3


def test_it_has_120_people_the_seven_among_them_and_somebody_on_duty_everywhere(db):
    house = make_house(Scale(), now=timezone.now())
    assert (Person.objects.count(), Facility.objects.count(), Unit.objects.count()) == (120, 3, 12)
    assert [one.person.email for one in demonstration_people()] == list(EMAILS)
    assert set(Person.objects.values_list("role", flat=True)) == set(Role.values)
    for unit in house.units.values():
        on_duty = Duty.objects.at(timezone.now()).filter(unit=unit).values_list("person__role", flat=True)
        assert set(on_duty) == CLINICAL_ROLES, unit
    phones = Person.objects.values_list("phone", flat=True)
    assert len(set(phones)) == 120


def test_somebody_answers_for_each_unit_at_every_minute_of_the_next_fortnight(db):
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import Unit
    from handover.duty import selectors

    build(SMALL)
    now = timezone.now()
    roles = list(selectors.live_roles())
    schedules = selectors.schedules_of([role.pk for role in roles], starts=now, ends=now + timedelta(days=14))
    assert {role.unit_id for role in roles} == set(Unit.objects.values_list("pk", flat=True))
    assert not any(selectors.missing_of(role, schedules[role.pk]) for role in roles)


def test_somebody_takes_a_stroke_and_can_be_asked(db):
    from handover.directory.selectors import found

    build(SMALL)
    (hit,) = found("who takes stroke now?", at=timezone.now()).capabilities
    assert hit.standing.status == "open"
    assert hit.asked.held is not None


def test_nobody_but_the_seven_has_a_password(db):
    make_house(Scale(), now=timezone.now())
    with_password = [person.email for person in Person.objects.all() if person.has_usable_password()]
    assert sorted(with_password) == sorted(EMAILS)
    assert Person.objects.get(email=EMAILS[0]).check_password("correct horse battery")


def test_it_invents_the_same_patients_each_time(db):
    house = make_house(SMALL, now=NOON)
    first, second = (list(admissions(house, SMALL, now=NOON)) for _time in range(2))
    assert first == second
    assert [each.identity.family for each in first[:3]] == [each.identity.family for each in second[:3]]


def test_an_id_is_the_same_for_ever():
    assert str(id_of("patient", 0)) == "3f1c5c5c-16aa-5198-a9fa-f0bbccb00c5b"


def test_the_vital_signs_fit_the_severity(db):
    made = list(admissions(make_house(Scale(), now=NOON), Scale(), now=NOON))
    scores = {severity: [] for severity in IllnessSeverity}
    for each in made:
        points = rules.trend(each.summary)
        if each.severity and points[-1].is_complete:
            scores[each.severity].append(points[-1].total)
    assert min(scores[IllnessSeverity.UNSTABLE]) >= 7
    assert max(scores[IllnessSeverity.STABLE]) <= 4
    assert any(5 <= score <= 6 for score in scores[IllnessSeverity.WATCHER])
    ward = Counter(each.severity for each in made if each.plan.name == SEVEN_EAST)
    assert ward[IllnessSeverity.UNSTABLE] >= 2
    assert ward[IllnessSeverity.WATCHER] >= 5


def test_every_section_is_filled_for_some_and_empty_for_a_stated_reason_for_others(db):
    made = list(admissions(make_house(Scale(), now=NOON), Scale(), now=NOON))
    for name in ("allergies", "code_status", "weight", "language", "what_matters", "mobility"):
        states = {getattr(each.summary, name).state for each in made}
        assert {SectionState.FILLED, SectionState.NOT_ASKED} <= states, name
    assert any(entry.interpreter_needed for each in made for entry in each.summary.language.entries)
    assert any(not entry.owner for each in made for entry in each.summary.pending_results.entries)
    assert any(entry.kind == "isolation" for each in made for entry in each.summary.alerts.entries)
    assert all(len({e.id for e in each.summary.vital_signs.entries}) >= 1 for each in made)


def test_each_patient_is_seen_by_their_unit_held_by_one_nurse_and_on_record(db):
    make_patients(make_house(SMALL, now=timezone.now()), SMALL, now=timezone.now())
    assert Patient.objects.count() == Encounter.objects.count() == SummaryVersion.objects.count() == SMALL.patients
    for reason in ("unit_has_patient", "responsible"):
        assert CareRelationship.objects.filter(reason=reason).count() == SMALL.patients
    assert Responsibility.objects.filter(until__isnull=True, person__role="nurse").count() == SMALL.patients
    patients = set(Patient.objects.values_list("pk", flat=True))
    created = Event.objects.filter(event="patient.created", patient_id__in=patients)
    assert set(created.values_list("patient_id", flat=True)) == patients
    odalys = Patient.objects.get(pk=id_of("patient", 0))
    identity = sealed.identity_of(odalys)
    assert (identity.family, identity.given, identity.record_number) == ("Fenwickle", "Odalys", "4471 0893")
    assert sealed.headline_of(odalys).allergies == "Penicillin (anaphylaxis)"


def test_handovers_and_transfers_stand_in_every_state_and_are_played_once(db):
    first = build(SMALL)
    assert (first.is_new, first.patients) == (True, SMALL.patients)
    assert first.handovers >= 16
    assert set(Handover.objects.values_list("status", flat=True)) == set(Handover.Status.values)
    assert set(Transfer.objects.values_list("status", flat=True)) == set(Transfer.Status.values)
    assert Question.objects.filter(answered__isnull=True).exists()
    assert Synthesis.objects.filter(corrected__isnull=False).exists()
    assert Override.objects.filter(is_emergency=False, approved__isnull=True).exists()
    assert Override.objects.filter(is_emergency=True).exists()
    lee = Person.objects.get(email="lee@readback.example")
    # A patient got worse after Lee accepted them: their page asks for a confirmation.
    assert InboxItem.objects.filter(person_id=lee.pk, event="handover.overtaken").exists()
    assert InboxItem.objects.filter(person_id=lee.pk, event="handover.sent").count() >= 8
    # The officer's desk has something to judge, found by the rules: a colleague's record, and a walk through names.
    rules = set(FlagReason.objects.values_list("rule", flat=True))
    assert {"R3", "R5", "R7"} <= rules
    assert build(SMALL).is_new is False
    assert Patient.objects.count() == SMALL.patients


def test_its_stories_are_told_of_patients_who_are_easily_taken_for_one_another(db, monkeypatch):
    monkeypatch.setattr("config.demonstration.patients.FAMILIES", ("Marchbank",))
    build(SMALL)
    assert Transfer.objects.filter(departed__isnull=False).exists()
    assert Page.objects.exists()


def test_a_start_that_was_interrupted_is_finished_by_the_next(db, monkeypatch):
    tiny = Scale(patients=40, staff=40)

    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(stories, "_ADMISSIONS", ((stories.unread, 1), (interrupted, 2)))
        interrupted.__name__ = "interrupted"
        with pytest.raises(KeyboardInterrupt):
            build(tiny)
    assert Handover.objects.count() == 1
    monkeypatch.setattr(stories, "_ADMISSIONS", ((stories.unread, 1), (stories.half_written, 2)))
    assert build(tiny).patients == 0
    emergency = Unit.objects.get(name=EMERGENCY)
    sent = Handover.objects.filter(author_unit=emergency, status="sent", to_unit__name=SEVEN_EAST)
    assert sent.count() == 1
    assert build(tiny).is_new is False


def test_the_command_refuses_outside_the_demonstration(settings, db):
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="READBACK_DEMONSTRATION"):
        call_command("demonstration")
    assert not Person.objects.exists()
