"""A wrong file is refused in a sentence that names the problem, whatever it is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handover.interop.fhir.assemble import assemble
from handover.interop.fhir.reading import MAX_BYTES, FhirProblem, read_bundle
from tests.interop.bundles import PATIENT, bundle, resource


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe\x00h", "UTF-8"),
        (b"<Bundle xmlns='http://hl7.org/fhir'/>", "JSON form"),
        (b"MSH|^~\\&|A|B", "not JSON"),
        (b'{"resourceType": "Bundle", "type": "docu', "cut short"),
        (bundle()[:-40], "cut short"),
        (b'{"a": 1}', "not FHIR"),
        (b"[1, 2]", "not FHIR"),
        (json.dumps(PATIENT).encode(), "single Patient"),
        (b'{"resourceType": "Bundle", "type": "batch-response", "entry": [{}]}', "batch-response"),
        (b'{"resourceType": "Bundle", "type": "document", "entry": []}', "no entries"),
        (b'{"resourceType": "Bundle", "type": "document", "entry": [{"resource": 3}]}', "Entry 1"),
        (b'{"resourceType": "Bundle", "type": "document", "__proto__": {}}', "__proto__"),
        (b'{"resourceType": "Bundle", "resourceType": "Patient"}', "stands twice"),
        (b'{"resourceType": "Bundle", "total": NaN}', "NaN"),
        (b'{"resourceType": "Bundle", "total": ' + b"9" * 6000 + b"}", "too long"),
        (b'{"resourceType": "Bundle", "total": 1e999999999}', "too long"),
        (b'{"resourceType": "Bundle", "total": 0e999999999}', "too long"),
        (b'{"resourceType": "Bundle", "total": 1e99999999999999999999999}', "too long"),
        (b"[" * 10_000 + b"]" * 10_000, "nested"),
        (b'{"resourceType":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}", "nested"),
        (b"x" * (MAX_BYTES + 1), "MB"),
    ],
)
def test_a_wrong_file_gets_a_sentence_that_names_the_problem(raw: bytes, words: str) -> None:
    with pytest.raises(FhirProblem, match=words):
        read_bundle(raw)


def test_brackets_inside_a_string_are_not_depth() -> None:
    story = resource("Basic", note="[" * 500 + '\\"' + "{" * 500)
    assert read_bundle(bundle(story))["type"] == "collection"


@pytest.mark.parametrize(
    "r5",
    [
        resource("MedicationStatement", status="recorded", medication={"concept": {"text": "x"}}),
        {"resourceType": "Composition", "subject": [{"reference": "Patient/p1"}]},
        {"resourceType": "Encounter", "class": [{"text": "inpatient"}]},
        {"resourceType": "DeviceUsage"},
        {
            "resourceType": "Observation",
            "meta": {"profile": ["http://hl7.org/fhir/5.0/StructureDefinition/Observation"]},
        },
    ],
)
def test_it_says_that_a_file_is_r5(r5: dict) -> None:
    with pytest.raises(FhirProblem, match="R5"):
        read_bundle(bundle(r5))


def test_two_patients_in_one_file_are_refused() -> None:
    other = {**PATIENT, "id": "p2", "name": [{"family": "Underbough"}]}
    with pytest.raises(FhirProblem, match="2 patients"):
        assemble(bundle(other))


def test_a_file_without_a_patient_is_refused() -> None:
    with pytest.raises(FhirProblem, match="no Patient"):
        assemble(bundle(resource("Condition"), patient=None))


def test_a_patient_without_a_name_is_refused() -> None:
    with pytest.raises(FhirProblem, match="no name"):
        assemble(bundle(patient={"resourceType": "Patient", "id": "p1"}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["coding", "code", "text", "value", "reference"]), inner, max_size=3)
    ),
    max_leaves=8,
)
fields = st.sampled_from(
    ["code", "status", "subject", "dosage", "valueQuantity", "effectiveDateTime", "reaction", "category", "component",
     "medicationCodeableConcept", "section", "clinicalStatus", "device", "provision", "result", "performer"]
)  # fmt: skip
kinds = st.sampled_from(
    ["Condition", "AllergyIntolerance", "MedicationStatement", "MedicationAdministration", "Observation", "Procedure",
     "DiagnosticReport", "DeviceUseStatement", "Flag", "Consent", "ServiceRequest", "Composition", "NutritionOrder"]
)  # fmt: skip


# A stranger's file may hold anything of any shape. The reader takes it, leaves it, or refuses it in words; it never
# falls over, and every entry ends in exactly one of the two lists.
@given(st.lists(st.tuples(kinds, st.dictionaries(fields, json_values, max_size=6)), max_size=4))
def test_any_shape_of_resource_is_taken_or_left_and_never_an_error(shapes: list) -> None:
    resources = [{"resourceType": kind, "id": str(n), **held} for n, (kind, held) in enumerate(shapes)]
    try:
        found = assemble(bundle(*resources))
    except FhirProblem:
        return
    assert sum(found.taken.values()) + len([1 for entry, _ in found.left if "/" in entry]) >= len(resources) + 1
