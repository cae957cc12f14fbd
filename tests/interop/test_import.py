"""One file into one patient: once however often it is sent, all of it or nothing, and never into somebody else."""

import io
import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command

from handover.interop.services import import_file
from handover.patients import sealed, services
from handover.patients.documents import Allergy, SectionState
from handover.patients.models import Patient, SummaryVersion
from ledger.models import Event
from tests.interop.bundles import PATIENT, bundle, composition, concept, resource, section, vital

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "fhir"
LATEX = resource("AllergyIntolerance", code=concept("Latex"))


def take(actor, unit, raw):
    return import_file(actor, name="one.json", raw=raw, unit=unit, key=uuid4())


def summary_of(report):
    return sealed.summary_of(Patient.objects.get(pk=report.patient_id))[1]


def test_a_file_becomes_a_patient_of_the_unit(amara, actor, emergency):
    report = take(actor(amara), emergency, bundle(LATEX, vital("8867-4", 88, "/min")))
    assert report.error == ""
    assert report.patients[0]["family"] == "Quillfeather"
    assert report.taken == {"AllergyIntolerance": 1, "Observation": 1, "Patient": 1}
    patient = Patient.objects.get(pk=report.patient_id)
    assert patient.encounters.get().unit == emergency
    assert sealed.headline_of(patient).allergies.startswith("Latex")


def test_importing_twice_changes_nothing(amara, actor, emergency):
    raw = bundle(
        LATEX, vital("8867-4", 88, "/min"), composition(section("10160-0", emptyReason=concept("", "notasked")))
    )
    first = take(actor(amara), emergency, raw)
    again = take(actor(amara), emergency, raw)
    assert (first.is_changed, again.is_changed) == (True, False)
    assert again.patient_id == first.patient_id
    assert SummaryVersion.objects.filter(patient_id=first.patient_id).count() == 1


def test_what_was_entered_by_hand_stays_when_the_sender_sends_again(amara, actor, emergency):
    report = take(actor(amara), emergency, bundle(LATEX))
    by_hand = Allergy(substance="Penicillin", reaction="anaphylaxis")
    services.put_entry(
        actor(amara), key=uuid4(), patient_id=report.patient_id, section="allergies", entry=by_hand, seen_number=1
    )
    take(actor(amara), emergency, bundle(resource("AllergyIntolerance", id="a2", code=concept("Nickel"))))
    assert {one.substance for one in summary_of(report).allergies.entries} == {"Penicillin", "Nickel"}


def test_an_entry_corrected_here_is_not_overwritten_by_its_sender(amara, actor, emergency):
    report = take(actor(amara), emergency, bundle(LATEX))
    (entry,) = summary_of(report).allergies.entries
    corrected = entry.model_copy(update={"reaction": "hives, seen in this department"})
    services.put_entry(
        actor(amara), key=uuid4(), patient_id=report.patient_id, section="allergies", entry=corrected, seen_number=1
    )
    take(actor(amara), emergency, bundle(LATEX))
    (after,) = summary_of(report).allergies.entries
    assert after.reaction == "hives, seen in this department"


def test_none_known_does_not_remove_what_a_nurse_recorded(amara, actor, emergency):
    report = take(actor(amara), emergency, bundle())
    services.put_entry(
        actor(amara),
        key=uuid4(),
        patient_id=report.patient_id,
        section="allergies",
        entry=Allergy(substance="Penicillin"),
        seen_number=1,
    )
    take(actor(amara), emergency, bundle(composition(section("48765-2", emptyReason=concept("", "nilknown")))))
    after = summary_of(report).allergies
    assert after.state == SectionState.FILLED
    assert after.entries[0].substance == "Penicillin"


# The wrong summary under a name is worse than none: a number that is somebody else's is refused, not merged.
@pytest.mark.parametrize("other", [{"name": [{"family": "Underbough"}]}, {"birthDate": "1990-01-01"}])
def test_a_record_number_of_somebody_else_is_refused(amara, actor, emergency, other):
    first = take(actor(amara), emergency, bundle(LATEX))
    report = take(actor(amara), emergency, bundle(patient={**PATIENT, **other}))
    assert "another patient" in report.error
    assert SummaryVersion.objects.filter(patient_id=first.patient_id).count() == 1


def test_a_nurse_cannot_import_over_a_patient_of_another_ward(amara, noor, actor, emergency, other_ward):
    first = take(actor(amara), emergency, bundle(LATEX))
    report = take(actor(noor), other_ward, bundle(resource("AllergyIntolerance", id="x", code=concept("Nickel"))))
    assert "Ask the unit" in report.error
    refusal = Event.objects.get(patient_id=first.patient_id, outcome="refused")
    assert (refusal.event, refusal.agent_id) == ("summary.imported", noor.pk)
    assert len(summary_of(first).allergies.entries) == 1


def test_a_nurse_cannot_import_into_a_unit_that_is_not_hers(amara, actor, ward):
    assert take(actor(amara), ward, bundle(LATEX)).error != ""
    assert Patient.objects.count() == 0


def test_a_wrong_file_changes_nothing(amara, actor, emergency):
    assert "cut short" in take(actor(amara), emergency, bundle(LATEX)[:-30]).error
    assert Patient.objects.count() == 0


def test_the_command_prints_one_object_a_file(emergency, tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(bundle(LATEX))
    bad.write_bytes(b"{")
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("import_fhir", str(good), str(bad), "--json", stdout=out, stderr=io.StringIO())
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [set(one) for one in told] == [{"file", "error", "patients", "taken", "left"}] * 2
    assert told[0]["taken"]["AllergyIntolerance"] == 1
    assert "cut short" in told[1]["error"]


def shared_bundles():
    found = sorted(SHARED.glob("*.json")) + sorted(SHARED.glob("r4spec/*.json"))
    return [path for path in found if json.loads(path.read_bytes()).get("resourceType") == "Bundle"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared/data with the bundles of other vendors beside this checkout")
def test_every_collected_bundle_of_other_vendors_imports_once(amara, actor, emergency):
    assert len(shared_bundles()) >= 16
    for path in shared_bundles():
        raw = path.read_bytes()
        first, again = (take(actor(amara), emergency, raw) for _ in range(2))
        assert (path.name, first.error, first.is_changed, again.is_changed) == (path.name, "", True, False)
        entries = len(json.loads(raw)["entry"])
        left = {line["entry"] for line in first.left if "cut" not in line["why"] and "only text" not in line["why"]}
        assert sum(first.taken.values()) + len(left) >= entries - 1, path.name


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared/data with the bundles of other vendors beside this checkout")
def test_single_resources_are_refused_in_words(amara, actor, emergency):
    raw = (SHARED / "r4spec" / "Flag-example.json").read_bytes()
    assert "single Flag" in take(actor(amara), emergency, raw).error
