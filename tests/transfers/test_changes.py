"""What a receiver has to read again, and what nobody touched."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from handover.patients.documents import Allergy, IllnessSeverity, Section, SectionState, Summary, VitalSigns
from handover.transfers.documents import Action, Contingency, HandoverDocument, Ipass
from handover.transfers.rules import changes, unchanged_parts
from tests.fixtures_patients import full_summary, make_vitals
from tests.fixtures_transfers import make_ipass

NOW = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
IPASS = make_ipass()
SUMMARY = full_summary(NOW)


def document(ipass=IPASS, summary=SUMMARY, number=1):
    return HandoverDocument(
        handover_id=uuid4(),
        patient_id=uuid4(),
        number=number,
        written=NOW,
        author="Amara",
        ipass=ipass,
        summary=summary,
        summary_number=1,
    )


def differences(ipass=IPASS, summary=SUMMARY):
    return [(c.part, c.kind, c.before, c.after) for c in changes(document(), document(ipass, summary, number=2))]


def test_the_same_words_are_no_change():
    assert differences() == []


def test_a_changed_part_has_its_words_before_and_after():
    assert differences(IPASS.model_copy(update={"illness_severity": IllnessSeverity.UNSTABLE})) == [
        ("Illness severity", "changed", "watcher", "unstable")
    ]


def test_an_action_is_the_same_one_while_its_id_is():
    first, second = IPASS.action_list
    moved = first.model_copy(update={"by_when": first.by_when + timedelta(hours=1)})
    new = Action(what="Chest X-ray", who="Porter")
    found = differences(IPASS.model_copy(update={"action_list": (moved, new)}))
    assert [(part, kind) for part, kind, _, _ in found] == [
        ("Action list", "changed"),
        ("Action list", "added"),
        ("Action list", "removed"),
    ]
    assert found[1][3] == "Chest X-ray (Porter)"
    assert found[2][2].startswith("Tell her son (Nurse)")
    assert second.what == "Tell her son"


def test_an_order_that_changed_is_no_change():
    turned = IPASS.model_copy(
        update={"action_list": IPASS.action_list[::-1], "contingency_plan": IPASS.contingency_plan[::-1]}
    )
    assert differences(turned) == []


def test_an_if_keeps_its_then():
    pair = Contingency(if_this="SpO2 below 92 %", then_that="15 L and call the crash team")
    found = differences(IPASS.model_copy(update={"contingency_plan": (pair, IPASS.contingency_plan[1])}))
    assert found == [
        (
            "If, then",
            "changed",
            "If SpO2 below 92 %, then 4 L and call the registrar",
            "If SpO2 below 92 %, then 15 L and call the crash team",
        )
    ]


def test_a_new_allergy_and_the_newest_vital_signs_are_shown_and_older_ones_are_not():
    latex = Allergy(substance="Latex", reaction="rash")
    newer = make_vitals(NOW + timedelta(minutes=5), respirations_per_min=30)
    summary = SUMMARY.model_copy(
        update={
            "allergies": Section[Allergy](state=SectionState.FILLED, entries=(*SUMMARY.allergies.entries, latex)),
            "vital_signs": Section[VitalSigns](
                state=SectionState.FILLED, entries=(*SUMMARY.vital_signs.entries[2:], newer)
            ),
        }
    )
    found = differences(summary=summary)
    assert [(part, kind) for part, kind, _, _ in found] == [("Allergies", "added"), ("Vital signs", "changed")]
    assert found[0][3] == "Latex (rash)"
    assert "RR 24" in found[1][2]
    assert "RR 30" in found[1][3]


def test_a_section_that_says_anew_why_it_is_empty_is_a_change():
    was = document(summary=Summary())
    now = document(summary=Summary(allergies=Section[Allergy](state=SectionState.NONE_KNOWN)), number=2)
    assert [(c.part, c.before, c.after) for c in changes(was, now)] == [("Allergies", "not asked", "none known")]


def test_unchanged_is_only_what_says_something_and_never_the_severity():
    same = unchanged_parts(IPASS, IPASS)
    assert "illness_severity" not in same
    assert {"statement", "plan", "action_list", "contingency_plan", "situation_awareness"} <= set(same)
    assert unchanged_parts(IPASS, IPASS.model_copy(update={"situation_awareness": "new"})) == tuple(
        part for part in same if part != "situation_awareness"
    )
    assert unchanged_parts(Ipass(), Ipass()) == ()
    assert unchanged_parts(None, IPASS) == ()


def test_a_document_is_digested_as_it_is_sealed_and_read_back():
    first = document()
    again = HandoverDocument.model_validate_json(first.canonical())
    assert again.digest() == first.digest()
    assert document().digest() != first.digest()  # the salt: equal words have unequal digests
