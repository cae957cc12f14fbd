"""One entry of a summary at a time: added, corrected, removed, and what two people do at once."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from handover.patients import sealed, services
from handover.patients.documents import (
    Allergy,
    CodeStatus,
    Problem,
    Section,
    SectionState,
    Summary,
    VitalSigns,
    Weight,
)
from handover.patients.models import SummaryVersion
from ledger.models import Event
from live.refusals import Conflict, Invalid, NotFound
from tests.fixtures_patients import make_vitals


def put(actor, patient, section, entry, *, seen=None, key=None):
    number = sealed.summary_of(patient)[0] if seen is None else seen
    return services.put_entry(
        actor, key=key or uuid4(), patient_id=patient.pk, section=section, entry=entry, seen_number=number
    )


def remove(actor, patient, section, entry_id, *, seen):
    return services.remove_entry(
        actor, key=uuid4(), patient_id=patient.pk, section=section, entry_id=entry_id, seen_number=seen
    )


def now_of(patient):
    patient.refresh_from_db()
    return sealed.summary_of(patient)


def test_adding_an_entry_makes_a_version_signed_with_who_and_when(amara, actor, patient):
    before = timezone.now()
    version = put(actor(amara), patient, "allergies", Allergy(substance="Latex", reaction="rash"))
    number, summary = now_of(patient)
    assert (version.number, number) == (2, 2)
    latex = summary.allergies.entries[-1]
    assert latex.substance == "Latex"
    assert (latex.source.author_id, latex.source.author, latex.source.system) == (amara.pk, "Amara Thistledown", "")
    assert before <= latex.source.recorded <= timezone.now()
    assert sealed.headline_of(patient).allergies == "Penicillin (anaphylaxis); Latex (rash)"
    event = Event.objects.get(patient_id=patient.pk, event="summary.changed")
    assert event.detail == {"number": 2, "section": "allergies", "change": "put_entry"}
    assert (event.entity_id, event.agent_id) == (version.pk, amara.pk)


def test_correcting_an_entry_keeps_its_id_and_its_place_and_the_version_before(amara, actor, patient):
    first, second = now_of(patient)[1].problems.entries
    put(actor(amara), patient, "problems", first.model_copy(update={"text": "Urosepsis"}))
    problems = now_of(patient)[1].problems.entries
    assert [(entry.id, entry.text) for entry in problems] == [(first.id, "Urosepsis"), (second.id, "Type 2 diabetes")]
    old = sealed.summary_in(SummaryVersion.objects.get(patient=patient, number=1))
    assert old.problems.entries[0].text == "Pneumonia with sepsis"
    assert sealed.headline_of(patient).why_here == "Urosepsis"


def test_the_same_key_gives_the_same_version_and_changes_nothing(amara, actor, patient):
    key, entry = uuid4(), Allergy(substance="Latex")
    first = put(actor(amara), patient, "allergies", entry, key=key)
    assert put(actor(amara), patient, "allergies", entry, key=key) == first
    assert SummaryVersion.objects.filter(patient=patient).count() == 2


def test_a_colleagues_change_of_another_entry_is_kept(amara, actor, patient):
    seen = now_of(patient)[0]
    put(actor(amara), patient, "problems", Problem(text="Fall at home"))
    put(actor(amara), patient, "allergies", Allergy(substance="Latex"), seen=seen)
    number, summary = now_of(patient)
    assert number == 3
    assert summary.problems.entries[-1].text == "Fall at home"
    assert summary.allergies.entries[-1].substance == "Latex"


def test_a_colleagues_change_of_the_same_entry_is_a_conflict_and_is_not_overwritten(amara, actor, patient):
    seen, summary = now_of(patient)
    penicillin = summary.allergies.entries[0]
    put(actor(amara), patient, "allergies", penicillin.model_copy(update={"reaction": "hives"}))
    with pytest.raises(Conflict, match="colleague has changed this line"):
        put(actor(amara), patient, "allergies", penicillin.model_copy(update={"reaction": "nausea"}), seen=seen)
    assert now_of(patient)[1].allergies.entries[0].reaction == "hives"


def test_an_entry_that_a_colleague_removed_is_a_conflict_not_a_resurrection(amara, actor, patient):
    seen, summary = now_of(patient)
    problem = summary.problems.entries[1]
    remove(actor(amara), patient, "problems", problem.id, seen=seen)
    with pytest.raises(Conflict):
        put(actor(amara), patient, "problems", problem.model_copy(update={"text": "Type 1 diabetes"}), seen=seen)
    with pytest.raises(Conflict):
        remove(actor(amara), patient, "problems", problem.id, seen=seen)


def test_a_version_that_never_was_is_a_conflict(amara, actor, patient):
    with pytest.raises(Conflict):
        put(actor(amara), patient, "allergies", Allergy(substance="Latex"), seen=99)


def test_two_code_statuses_never_stand_side_by_side(amara, actor, patient):
    seen = now_of(patient)[0]
    put(actor(amara), patient, "code_status", CodeStatus(value="dnar", decided_by="Dr Foxglove"))
    assert [entry.value for entry in now_of(patient)[1].code_status.entries] == ["dnar"]
    assert sealed.headline_of(patient).code_status.startswith("DNAR")
    with pytest.raises(Conflict):
        put(actor(amara), patient, "code_status", CodeStatus(value="full"), seen=seen)


def test_removing_the_last_entry_says_not_asked_never_none_known(amara, actor, patient):
    number, summary = now_of(patient)
    remove(actor(amara), patient, "allergies", summary.allergies.entries[0].id, seen=number)
    section = now_of(patient)[1].allergies
    assert (section.state, section.entries) == (SectionState.NOT_ASKED, ())
    assert sealed.headline_of(patient).allergies_state == SectionState.NOT_ASKED


def test_an_empty_section_says_why_by_whom_and_a_filled_one_refuses(amara, emergency, actor, make_patient, patient):
    empty = make_patient(emergency)
    services.set_section_state(
        actor(amara), key=uuid4(), patient_id=empty.pk, section="allergies", state=SectionState.NONE_KNOWN
    )
    section = now_of(empty)[1].allergies
    assert (section.state, section.source.author) == (SectionState.NONE_KNOWN, "Amara Thistledown")
    for who, state, refusal in [
        (patient, SectionState.NONE_KNOWN, Conflict),
        (empty, SectionState.FILLED, Invalid),
    ]:
        with pytest.raises(refusal):
            services.set_section_state(actor(amara), key=uuid4(), patient_id=who.pk, section="allergies", state=state)


@pytest.mark.parametrize("section", ["schema_version", "model_fields", "nonsense", "__class__", ""])
def test_it_refuses_what_is_no_section(amara, actor, patient, section):
    with pytest.raises(Invalid):
        put(actor(amara), patient, section, Problem(text="x"))


def test_it_refuses_an_entry_of_another_section(amara, actor, patient):
    with pytest.raises(Invalid) as refusal:
        put(actor(amara), patient, "allergies", Problem(text="x"))
    assert (refusal.value.act, refusal.value.patient_id) == ("summary.changed", patient.pk)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"spo2_percent": 101}, "spo2_percent"), ({"temperature_c": 3.68}, "temperature_c")]
    + [({"pulse_per_min": 720}, "pulse_per_min")],
)
def test_it_refuses_impossible_vital_signs_by_the_field(amara, actor, patient, changes, field):
    with pytest.raises(Invalid) as refusal:
        put(actor(amara), patient, "vital_signs", make_vitals(timezone.now(), **changes))
    assert list(refusal.value.fields) == [field]
    assert now_of(patient)[0] == 1


def test_it_refuses_vital_signs_from_the_future(amara, actor, patient):
    with pytest.raises(Invalid):
        put(actor(amara), patient, "vital_signs", make_vitals(timezone.now() + timedelta(hours=1)))


def test_vital_signs_set_the_score_of_the_list_row(amara, actor, patient):
    assert sealed.headline_of(patient).news2_total == 7
    put(actor(amara), patient, "vital_signs", make_vitals(timezone.now(), temperature_c=None))
    now_of(patient)
    headline = sealed.headline_of(patient)
    assert (headline.news2_total, headline.news2_complete, headline.news2_band) == (0, False, "incomplete")


def test_a_child_gets_no_adult_score(emergency, make_patient):
    vitals = Section[VitalSigns](state=SectionState.FILLED, entries=(make_vitals(timezone.now(), pulse_per_min=140),))
    child = make_patient(emergency, birth_date="2020-05-06", summary=Summary(vital_signs=vitals))
    headline = sealed.headline_of(child)
    assert (headline.news2_total, headline.news2_band) == (None, "not-applicable")


def test_older_vital_signs_drop_out_after_48_hours_and_stay_in_the_version_before(
    amara, emergency, actor, make_patient
):
    patient, now = make_patient(emergency), timezone.now()
    old, middle, new = (make_vitals(now - timedelta(hours=hours)) for hours in (49, 47, 0))
    for vitals in (old, middle, new):
        put(actor(amara), patient, "vital_signs", vitals)
    assert [entry.id for entry in now_of(patient)[1].vital_signs.entries] == [new.id, middle.id]
    before = sealed.summary_in(SummaryVersion.objects.get(patient=patient, number=2))
    assert {entry.id for entry in before.vital_signs.entries} == {old.id, middle.id}


def test_whoever_may_not_see_the_patient_changes_nothing(lee, actor, patient):
    for attempt in (
        lambda: put(actor(lee), patient, "allergies", Allergy(substance="Latex")),
        lambda: remove(actor(lee), patient, "allergies", uuid4(), seen=1),
        lambda: services.set_section_state(
            actor(lee), key=uuid4(), patient_id=patient.pk, section="diet", state=SectionState.WITHHELD
        ),
        lambda: services.put_summary(actor(lee), key=uuid4(), patient_id=patient.pk, summary=Summary(), source="test"),
    ):
        with pytest.raises(NotFound) as refusal:
            attempt()
        assert refusal.value.act in {"summary.changed", "summary.imported"}
    assert now_of(patient)[0] == 1


def test_importing_the_same_summary_again_makes_no_version(amara, actor, patient, summary):
    again = summary.model_copy(
        update={
            "weight": Section[Weight](
                state=SectionState.FILLED,
                entries=tuple(Weight(**entry.model_dump(exclude={"id", "source"})) for entry in summary.weight.entries),
            )
        }
    )
    same = services.put_summary(actor(amara), key=uuid4(), patient_id=patient.pk, summary=again, source="test")
    assert (same.number, now_of(patient)[0]) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_nurses_at_once_lose_nothing(amara, actor, patient):
    acting, seen = actor(amara), now_of(patient)[0]
    problems = [Problem(text=f"Problem {number}") for number in range(6)]

    def add(problem):
        try:
            put(acting, patient, "problems", problem, seen=seen)
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=[problem]) for problem in problems]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    number, summary = now_of(patient)
    assert number == seen + len(problems)
    assert {problem.id for problem in problems} < {entry.id for entry in summary.problems.entries}
