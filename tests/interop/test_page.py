"""The import page: for clinicians, into their own unit, with a report that a person can read."""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from handover.patients.models import Patient
from tests.interop.bundles import bundle, concept, resource

LATEX = resource("AllergyIntolerance", code=concept("Latex"))


def posted(unit, raw, name="one.json"):
    return {"unit": str(unit.pk), "key": str(uuid4()), "files": SimpleUploadedFile(name, raw, "application/json")}


def test_amara_imports_a_file_and_reads_what_was_taken_and_left(client, sign_in, amara, emergency):
    sign_in(client, amara)
    billing = resource("Claim", id="c1")
    response = client.post("/import/", posted(emergency, bundle(LATEX, billing)))
    assert response.status_code == 200
    page = response.content.decode()
    assert "QUILLFEATHER, Ottoline" in page
    assert "Claim/c1" in page
    assert "billing is not part of the summary" in page


def test_a_wrong_file_is_told_in_words_and_changes_nothing(client, sign_in, amara, emergency):
    sign_in(client, amara)
    response = client.post("/import/", posted(emergency, b"%PDF-1.7"))
    assert "not JSON" in response.content.decode()
    assert Patient.objects.count() == 0


def test_the_same_post_again_imports_once(client, sign_in, amara, emergency):
    sign_in(client, amara)
    key = str(uuid4())
    for _ in range(2):
        assert client.post("/import/", {**posted(emergency, bundle(LATEX)), "key": key}).status_code == 200
    assert Patient.objects.count() == 1


def test_a_unit_that_is_not_hers_is_refused(client, sign_in, amara, ward):
    sign_in(client, amara)
    assert client.post("/import/", posted(ward, bundle(LATEX))).status_code == 422
    assert Patient.objects.count() == 0


def test_a_call_agent_has_no_import(client, sign_in, agent_person):
    sign_in(client, agent_person)
    assert client.get("/import/").status_code == 403
