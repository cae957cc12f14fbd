"""What a bundle means must not change on the way in: absences, retractions, units and doubles."""

import pytest

from handover.interop.fhir.assemble import Imported, assemble
from handover.patients.documents import SectionState
from tests.interop.bundles import bundle, composition, concept, resource, section, vital


def allergy(**fields: object) -> dict:
    return resource("AllergyIntolerance", **fields)


def why_left(found: Imported, entry: str) -> str:
    return next(why for name, why in found.left if name.startswith(entry))


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("nilknown", SectionState.NONE_KNOWN),
        ("notasked", SectionState.NOT_ASKED),
        ("withheld", SectionState.WITHHELD),
        ("unavailable", SectionState.UNAVAILABLE),
    ],
)
def test_each_way_of_saying_nothing_stays_itself(reason: str, state: SectionState) -> None:
    empty = section("48765-2", emptyReason={"coding": [{"code": reason}]})
    assert assemble(bundle(composition(empty))).states["allergies"] == state


def test_a_coded_no_known_allergy_is_a_state_and_not_an_allergy() -> None:
    found = assemble(bundle(allergy(code=concept("No known allergy", "716186003"))))
    assert "allergies" not in found.entries
    assert found.states["allergies"] == SectionState.NONE_KNOWN


def test_no_information_is_not_none_known() -> None:
    found = assemble(bundle(allergy(code=concept("No information", "no-allergy-info"))))
    assert found.states["allergies"] == SectionState.UNAVAILABLE


def test_no_known_drug_allergy_is_not_no_known_allergy() -> None:
    found = assemble(bundle(allergy(code=concept("No known drug allergy", "409137002"))))
    assert "allergies" not in found.states
    assert "ask" in why_left(found, "AllergyIntolerance")


def test_a_section_that_says_none_never_removes_an_entry() -> None:
    empty = section("48765-2", emptyReason={"coding": [{"code": "nilknown"}]})
    found = assemble(bundle(composition(empty), allergy(code=concept("Latex"))))
    assert found.entries["allergies"][0].substance == "Latex"
    assert "entries are kept" in why_left(found, "allergies")


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_retracted_allergy_is_left(status: str) -> None:
    found = assemble(bundle(allergy(code=concept("Latex"), verificationStatus=concept("", status))))
    assert "allergies" not in found.entries
    assert status in why_left(found, "AllergyIntolerance")


def test_an_unconfirmed_allergy_says_so() -> None:
    found = assemble(bundle(allergy(code=concept("Latex"), verificationStatus=concept("", "unconfirmed"))))
    assert found.entries["allergies"][0].is_confirmed is False


def test_a_modifier_that_is_not_known_leaves_the_resource() -> None:
    hedged = allergy(code=concept("Latex"), modifierExtension=[{"url": "http://x", "valueBoolean": True}])
    assert "changes its meaning" in why_left(assemble(bundle(hedged)), "AllergyIntolerance")


def test_a_resource_about_somebody_else_is_left() -> None:
    strange = {"resourceType": "Condition", "id": "c9", "code": concept("Gout"), "subject": {"reference": "#other"}}
    strange["contained"] = [{"resourceType": "Patient", "id": "other"}]
    assert why_left(assemble(bundle(strange)), "Condition") == "it is about another patient"


def test_an_order_not_to_give_is_not_a_medicine() -> None:
    order = resource(
        "MedicationRequest", status="active", doNotPerform=True, medicationCodeableConcept=concept("Penicillin")
    )
    found = assemble(bundle(order))
    assert "medications" not in found.entries
    assert "not to give" in why_left(found, "MedicationRequest")


def test_a_medicine_said_twice_is_one_line() -> None:
    statement = resource("MedicationStatement", status="active", medicationCodeableConcept=concept("Ramipril 5 mg"))
    order = resource("MedicationRequest", status="active", medicationCodeableConcept=concept("Ramipril 5 mg"))
    found = assemble(bundle(statement, order))
    assert len(found.entries["medications"]) == 1
    assert found.taken == {"MedicationRequest": 1, "MedicationStatement": 1, "Patient": 1}


def test_an_administration_is_when_the_medicine_was_last_given() -> None:
    statement = resource("MedicationStatement", status="active", medicationCodeableConcept=concept("Ramipril 5 mg"))
    given_ = resource(
        "MedicationAdministration",
        status="completed",
        medicationCodeableConcept=concept("ramipril 5 mg"),
        effectiveDateTime="2026-11-20T06:00:00+00:00",
    )
    (line,) = assemble(bundle(given_, statement)).entries["medications"]
    assert line.last_given.isoformat() == "2026-11-20T06:00:00+00:00"


def test_vital_signs_of_one_time_are_one_set() -> None:
    found = assemble(bundle(vital("8867-4", 88, "/min"), vital("2708-6", 95, "%"), vital("9279-1", 18, "/min")))
    (one,) = found.entries["vital_signs"]
    assert (one.pulse_per_min, one.spo2_percent, one.respirations_per_min) == (88, 95, 18)


def test_a_temperature_in_fahrenheit_is_converted() -> None:
    (one,) = assemble(bundle(vital("8310-5", 100.4, "[degF]"))).entries["vital_signs"]
    assert one.temperature_c == 38.0


@pytest.mark.parametrize(
    ("value", "unit", "words"), [(130, "%", "not possible"), (37, "[degF]", "not possible"), (36, "furlong", "unit")]
)
def test_an_impossible_value_or_unit_is_left(value: float, unit: str, words: str) -> None:
    loinc = "2708-6" if unit == "%" else "8310-5"
    found = assemble(bundle(vital(loinc, value, unit)))
    assert not found.entries.get("vital_signs")
    assert words in why_left(found, "Observation")


def test_sets_older_than_the_summary_keeps_are_left_and_not_counted() -> None:
    old = vital("8867-4", 70, "/min", at="2026-11-10T07:00:00Z")
    found = assemble(bundle(old, vital("8867-4", 88, "/min")))
    assert found.taken["Observation"] == 1
    assert "older than" in why_left(found, "Observation/o8867-42026-11-10")


def test_code_status_is_taken_only_from_a_code_that_says_it() -> None:
    vague = resource("Consent", id="a", status="active", category=[concept("Advance directive", "acd")])
    assert "by hand" in why_left(assemble(bundle(vague)), "Consent")
    clear = resource("Consent", id="b", status="active", provision={"code": [concept("", "304253006")]})
    assert assemble(bundle(clear)).entries["code_status"][0].value == "dnar"


def test_a_registered_report_is_a_result_that_is_pending() -> None:
    report = resource(
        "DiagnosticReport", status="registered", code=concept("Blood culture"), performer=[{"display": "Microbiology"}]
    )
    (one,) = assemble(bundle(report)).entries["pending_results"]
    assert (one.name, one.owner) == ("Blood culture", "Microbiology")


def test_a_long_text_is_cut_and_the_report_says_so() -> None:
    found = assemble(bundle(resource("Condition", code=concept("x" * 400))))
    assert found.entries["problems"][0].text.endswith("…")
    assert "was cut" in next(why for entry, why in found.left if entry == "Condition/condition")


def test_a_decimal_is_shown_as_it_was_written() -> None:
    lactate = resource(
        "Observation", status="final", category=[concept("", "laboratory")], code=concept("Lactate"),
        valueQuantity={"value": 2.10, "unit": "mmol/L"}, effectiveDateTime="2026-11-20T06:00:00Z",
    )  # fmt: skip
    raw = bundle(lactate).replace(b"2.1,", b"2.10,")
    assert assemble(raw).entries["results"][0].value == "2.10 mmol/L"
