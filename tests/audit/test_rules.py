"""Each rule by itself: what it sees, and the honest thing beside it that it leaves alone."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID, uuid4

import pytest

from audit.rules import bounds
from audit.rules.facts import Access, Act, Day, PatientFacts, PersonFacts, Rule, Shift, Tie
from audit.rules.folding import fold
from audit.rules.judging import findings
from audit.rules.words import sentence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AMARA, LEE, NOOR = UUID(int=1), UUID(int=2), UUID(int=3)
ODALYS = UUID(int=9)
HERE, THERE = UUID(int=20), UUID(int=21)
FENWICKLE, PHONE = b"fenwickle", b"0199"
KNOWN = {"devices": frozenset({"Amara's phone"}), "hours": frozenset(range(7, 20)), "sign_ins": 20}


@pytest.fixture
def looked():
    """looked(...): one event by Amara about Odalys at noon, with whatever is changed."""
    number = count(1)

    def make(minutes=0, **changed):
        told = {"person_id": AMARA, "act": Act.OPENED, "patient_id": ODALYS, "tie": Tie.UNIT, "device": "Amara's phone"}
        return Access(next(number), NOON + timedelta(minutes=minutes), **{**told, **changed})

    return make


def found(accesses, *, patient=None, person=None, shifts=None, people=None):
    day = Day(
        accesses,
        {AMARA: person or PersonFacts("nurse"), **(people or {})},
        {ODALYS: patient or PatientFacts()},
        shifts or {AMARA: [Shift(NOON - timedelta(hours=5), NOON + timedelta(hours=7))]},
    )
    return {finding.rule: finding for finding in findings(day)}


@pytest.mark.parametrize("tie", list(Tie))
def test_ones_own_record_is_always_asked_about(looked, tie):
    assert Rule.SELF in found([looked(tie=tie)], patient=PatientFacts(staff_id=AMARA))


def test_a_relative_is_known_by_name_or_telephone_and_by_nothing_else(looked):
    kin = PersonFacts("nurse", frozenset({FENWICKLE, PHONE}))
    for index in (FENWICKLE, PHONE):
        assert Rule.KIN in found([looked()], person=kin, patient=PatientFacts(frozenset({index})))
    assert found([looked()], person=kin, patient=PatientFacts(frozenset({b"another"}))) == {}


@pytest.mark.parametrize("tie", [Tie.OWN, Tie.ON_DUTY])
@pytest.mark.parametrize(
    "patient", [PatientFacts(frozenset({FENWICKLE})), PatientFacts(staff_id=LEE), PatientFacts(is_vip=True)]
)
def test_whoever_looks_after_a_patient_may_have_their_name_work_with_them_or_see_them_on_television(
    looked, tie, patient
):
    assert found([looked(tie=tie)], person=PersonFacts("nurse", frozenset({FENWICKLE})), patient=patient) == {}


@pytest.mark.parametrize("tie", [Tie.UNIT, Tie.EMERGENCY, Tie.NONE])
def test_a_colleague_or_a_public_person_is_asked_about_outside_the_team(looked, tie):
    assert Rule.COLLEAGUE in found([looked(tie=tie)], patient=PatientFacts(staff_id=LEE))
    assert Rule.VIP in found([looked(tie=tie)], patient=PatientFacts(is_vip=True))


def test_the_glass_is_always_asked_about_and_a_call_agents_card_is_not(looked):
    assert Rule.EMERGENCY in found([looked(tie=Tie.EMERGENCY)])
    assert found([looked(tie=Tie.NONE)], person=PersonFacts("call_agent")) == {}


def opened_by(looked, person_id, many, *, tie=Tie.ON_DUTY):
    return [looked(person_id=person_id, patient_id=uuid4(), tie=tie) for _ in range(many)]


def test_more_patients_than_anybody_is_asked_about_where_they_are_not_ones_own(looked):
    colleagues = [each for number in range(5) for each in opened_by(looked, UUID(int=50 + number), 9 + number)]
    people = {UUID(int=50 + number): PersonFacts("nurse") for number in range(5)}
    finding = found([*opened_by(looked, AMARA, 41), *colleagues], people=people)[Rule.VOLUME]
    assert (finding.patient_id, dict(finding.facts)) == (None, {"patients": 41, "usual": 12})
    assert Rule.VOLUME not in found([*opened_by(looked, AMARA, 40), *colleagues], people=people)
    assert Rule.VOLUME not in found([*opened_by(looked, AMARA, 90, tie=Tie.OWN), *colleagues], people=people)


def test_where_the_whole_role_opens_many_nobody_stands_out(looked):
    """Six deviations above the median: a day on which everybody works through the hospital is nobody's harvest."""
    people = {UUID(int=50 + number): PersonFacts("nurse") for number in range(5)}
    colleagues = [each for number in range(5) for each in opened_by(looked, UUID(int=50 + number), 40 + 4 * number)]
    assert Rule.VOLUME not in found([*opened_by(looked, AMARA, 60), *colleagues], people=people)


def test_a_search_that_led_to_nobody_says_so_in_words():
    told = {"count": 16, "lasted": timedelta(minutes=9)}
    assert sentence(Rule.SEARCHES, {"opened": 0}, **told) == "Searched 16 times within an hour and opened nobody."
    assert sentence(Rule.SEARCHES, {"opened": 1}, **told) == "Searched 16 times within an hour and opened 1."


def searched(looked, many, *, every=2):
    return [looked(number * every, act=Act.SEARCHED, patient_id=None, tie=Tie.NONE) for number in range(many)]


def test_names_tried_one_after_the_other_are_asked_about(looked):
    assert Rule.SEARCHES in found(searched(looked, bounds.MANY_SEARCHES))
    assert Rule.SEARCHES in found([*searched(looked, 10), looked(5, tie=Tie.OWN)])
    assert Rule.SEARCHES not in found(searched(looked, 9))
    assert Rule.SEARCHES not in found(searched(looked, 12, every=30)), "within an hour, not within a shift"


def test_somebody_who_opens_whom_they_search_for_is_left_alone(looked):
    opened = [looked(number * 2 + 1, patient_id=uuid4(), tie=Tie.OWN) for number in range(12)]
    both = sorted([*searched(looked, 12), *opened], key=lambda access: access.at)
    assert Rule.SEARCHES not in found(both)


def test_three_days_after_a_patient_left_a_look_is_asked_about_and_a_letter_is_not(looked):
    gone = PatientFacts(left=NOON - timedelta(hours=73))
    finding = found([looked(tie=Tie.OWN)], patient=gone)[Rule.LATE]
    assert dict(finding.facts) == {"why": "left", "days": 3}
    assert found([looked(tie=Tie.OWN), looked(5, act=Act.CARED, tie=Tie.OWN)], patient=gone) == {}
    assert found([looked(tie=Tie.OWN)], patient=PatientFacts(left=NOON - timedelta(hours=71))) == {}


def test_off_duty_the_wards_list_is_no_reason_to_look(looked):
    worked = {AMARA: [Shift(NOON - timedelta(hours=9), NOON - timedelta(minutes=61))]}
    assert found([looked()], shifts=worked)[Rule.LATE].facts["why"] == "shift"
    assert found([looked(-5)], shifts=worked) == {}, "an hour to finish, and to get ready"
    assert found([looked(tie=Tie.OWN)], shifts=worked) == {}


def test_two_houses_within_minutes_are_one_login_too_many(looked):
    jump = [looked(facility_id=HERE, tie=Tie.OWN), looked(6, facility_id=THERE, tie=Tie.OWN)]
    assert dict(found(jump)[Rule.UNUSUAL].facts) == {"why": "travel", "minutes": 6}
    walk = [looked(facility_id=HERE, tie=Tie.OWN), looked(21, facility_id=THERE, tie=Tie.OWN)]
    assert found(walk) == {}


def test_a_new_device_counts_off_duty_only_and_never_of_a_newcomer(looked):
    strange = looked(tie=Tie.OWN, device="another phone")
    worked = {AMARA: [Shift(NOON - timedelta(hours=9), NOON - timedelta(hours=3))]}
    assert Rule.UNUSUAL in found([strange], person=PersonFacts("nurse", **KNOWN), shifts=worked)
    assert found([strange], person=PersonFacts("nurse", **KNOWN)) == {}, "a new phone at work"
    assert found([looked(tie=Tie.OWN)], person=PersonFacts("nurse", **KNOWN), shifts=worked) == {}
    assert found([strange], person=PersonFacts("nurse", **{**KNOWN, "sign_ins": 1}), shifts=worked) == {}


def test_more_than_a_ward_taken_out_at_once_is_asked_about_and_ones_own_ward_is_not(looked):
    out = {"act": Act.TAKEN_OUT, "patient_id": None, "tie": Tie.NONE}
    assert Rule.BULK in found([looked(patients=41, **out)])
    assert found([looked(patients=40, **out)]) == {}
    assert found([looked(patients=60, **out)], person=PersonFacts("nurse", ward=60)) == {}


def test_one_by_one_within_an_hour_is_bulk_too_and_the_same_patient_counts_once(looked):
    def made(patients, *, minutes=1):
        out = {"act": Act.TAKEN_OUT, "tie": Tie.NONE}
        return [looked(minutes * at, patient_id=UUID(int=100 + at % patients), **out) for at in range(41)]

    bulk = found(made(41))[Rule.BULK]
    assert (bulk.count, bulk.facts) == (41, {"patients": 41})
    assert found(made(40)) == {}, "one of forty was made twice"
    assert found(made(41, minutes=2)) == {}, "in more than an hour"


def test_several_reasons_about_one_patient_are_one_flag_and_the_worst_is_first(looked):
    day = Day(
        [looked(tie=Tie.UNIT), looked(1), looked(2, patient_id=UUID(int=10))],
        {AMARA: PersonFacts("nurse", frozenset({FENWICKLE}))},
        {ODALYS: PatientFacts(frozenset({FENWICKLE}), staff_id=NOOR), UUID(int=10): PatientFacts()},
    )
    first, second = fold(findings(day))
    assert {each.rule for each in first.reasons} == {Rule.KIN, Rule.COLLEAGUE, Rule.LATE}
    assert (first.patient_id, second.patient_id) == (ODALYS, UUID(int=10))
    assert first.score > second.score
