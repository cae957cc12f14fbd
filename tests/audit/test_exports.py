"""A search leaves as a file: no cell a formula, on record before it goes, with a second officer when it is large."""

import csv
import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from fhir.resources.R4B.bundle import Bundle

from accounts.actors import Actor
from accounts.models import DeviceSession
from audit.outgoing import batches, notices, services
from audit.outgoing.models import Export
from audit.outgoing.writers import BOM, cell
from audit.searches import Search
from handover.patients.sealed import identity_of
from ledger.models import Event
from ledger.services import record_read
from live.refusals import Conflict, Denied, SignedOut
from tests.audit.balp import broken_rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(make_person):
    return make_person("sanna@readback.example", "Sanna Quickbeam", "compliance_officer")


@pytest.fixture
def other_desk(second, sign_in):
    client = Client()
    sign_in(client, second)
    return client


def taken(desk, query, form):
    answer = desk.post("/audit/export/", {"key": uuid4(), "search": query, "form": form})
    assert answer.status_code == 200, answer.status_code
    return b"".join(answer.streaming_content).decode()


def officer_in(officer):
    session = DeviceSession.objects.filter(person=officer, ended=None).first()
    return Actor(officer, session_id=session.pk, device=session.device)


def exported_by(officer):
    return list(Event.objects.filter(event="audit.exported", outcome="success", agent_id=officer.pk).order_by("id"))


def test_a_table_has_every_event_once_and_the_mark_of_utf_8(desk, did, amara, patient):
    for _ in range(3):
        did(amara, patient=patient)
    text = taken(desk, f"patient={patient.pk}&act=patient.read", "csv")
    assert text.startswith(BOM)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix(BOM))))
    ids = [int(row["event_id"]) for row in rows]
    read = Event.objects.filter(patient_id=patient.pk, event="patient.read").order_by("-recorded", "-id")
    assert ids == list(read.values_list("pk", flat=True))
    assert {row["record_number"] for row in rows} == {identity_of(patient).record_number}
    assert {row["person"] for row in rows} == {"Amara Thistledown"}


# A name or a device may be what an attacker chose: a spreadsheet must never reckon with it. OWASP, CSV Injection.
@pytest.mark.parametrize(
    "typed",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '"=1', "' =1", ' "  @x', "\uff1d1", "\u202e=1", "\x00=1"],
)
def test_no_cell_starts_a_formula(typed):
    assert cell(typed).startswith("'")


@pytest.mark.parametrize("typed", ["Amara", "2026-11-24T00:00Z", "7 = East", "a-b", ""])
def test_what_is_no_formula_stays_as_it_is(typed):
    assert cell(typed) == typed


# Where lists are separated by semicolons a spreadsheet takes those of a comma-separated line for the ends of its cells,
# quoted or not: what follows one begins a cell there.
@pytest.mark.parametrize("typed", ["Eve;=1+1;", "Eve; =1", 'Eve;"=1', "a;\uff1d1", "a;@x", ";+1", "b;\t-1"])
def test_no_semicolon_starts_a_formula_either(typed):
    followed = cell(typed).split(";")[1:]
    assert followed
    assert all(not part or part.startswith("'") for part in followed)


# One event is one line, for readers too that end a line where Unicode does: the separators of lines and paragraphs, and
# the next line of ISO 6429, are nothing that JSON escapes by itself.
def test_no_name_ends_a_line_of_json_lines(desk, did, make_person, patient):
    eve = make_person("eve@readback.example", 'Eve\u2028{"event":"forged"}\u2029\x85\x0c', "nurse")
    did(eve, patient=patient)
    for form in ("jsonl", "ndjson"):
        (line,) = taken(desk, f"person={eve.pk}&act=patient.read", form).splitlines()
        assert "Eve\u2028" in json.dumps(json.loads(line), ensure_ascii=False)


def test_a_name_like_a_formula_is_text_in_the_table(desk, did, make_person, patient):
    did(make_person("odd@readback.example", '=HYPERLINK("http://x")', "nurse"), patient=patient)
    text = taken(desk, f"patient={patient.pk}&act=patient.read", "csv")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix(BOM)))
    assert row["person"] == '\'=HYPERLINK("http://x")'


def test_the_fhir_forms_are_valid_and_name_patients_by_id_alone(desk, did, amara, patient):
    did(amara, patient=patient, relationship_id=patient.relationships.get().pk)
    query = f"patient={patient.pk}"
    lines = [json.loads(line) for line in taken(desk, query, "ndjson").splitlines()]
    bundle = taken(desk, query, "bundle")
    assert Bundle.model_validate_json(bundle).type == "collection"
    assert len(json.loads(bundle)["entry"]) == len(lines) + 2  # with the first export's own event, and its disclosure
    assert [broken_rules(line) for line in lines] == [[] for _ in lines]
    assert identity_of(patient).record_number not in bundle


def test_json_lines_hold_the_ids_of_a_list(desk, actor, amara, patient):
    others = [uuid4(), patient.pk]
    record_read("patient.listed", agent=actor(amara).agent, patient_ids=others, relationship_ids=[])
    (line,) = taken(desk, f"patient={patient.pk}&act=patient.listed", "jsonl").splitlines()
    assert json.loads(line)["patient_ids"] == [str(one) for one in others]


def test_the_export_is_on_record_before_anything_leaves_and_each_batch_before_it_does(
    desk, officer, did, amara, patient, make_patient, emergency, monkeypatch
):
    monkeypatch.setattr(batches, "EVENTS_IN_A_BATCH", 1)
    other = make_patient(emergency)
    did(amara, patient=other)
    did(amara, patient=patient)
    search = f"person={amara.pk}&act=patient.read"
    answer = desk.post("/audit/export/", {"key": uuid4(), "search": search, "form": "csv"})
    (begun,) = exported_by(officer)
    assert (begun.detail["form"], begun.detail["person"]) == ("csv", str(amara.pk))
    parts = iter(answer.streaming_content)
    next(parts)  # the heading names nobody
    assert len(exported_by(officer)) == 1
    next(parts)
    assert exported_by(officer)[-1].patient_id == patient.pk
    next(parts)
    assert exported_by(officer)[-1].patient_id == other.pk


# The property: whatever patient leaves by id or number is on record as taken out before it leaves. The table counts
# those of a list and names none; the other forms name each.
@pytest.mark.parametrize(("form", "are_named"), [("jsonl", True), ("ndjson", True), ("bundle", True), ("csv", False)])
def test_the_patients_of_a_list_are_on_record_where_they_leave(desk, officer, actor, amara, form, are_named):
    listed = sorted([uuid4(), uuid4(), uuid4()])
    for _ in range(2):
        record_read("patient.listed", agent=actor(amara).agent, patient_ids=listed, relationship_ids=[])
    text = taken(desk, f"person={amara.pk}&act=patient.listed", form)
    named = [event.patient_ids for event in exported_by(officer) if event.patient_ids]
    assert named == ([listed] if are_named else [])
    assert (str(listed[0]) in text) is are_named


# The property: who may no longer act takes nothing more out, though the export had begun while they might. It runs for
# minutes where it is large, and access must end within seconds.
@pytest.mark.parametrize("how", ["session", "account", "role"])
def test_an_export_that_runs_ends_with_the_right_to_it(desk, officer, did, amara, patient, monkeypatch, how):
    monkeypatch.setattr(batches, "EVENTS_IN_A_BATCH", 1)
    for _ in range(3):
        did(amara, patient=patient)
    search = f"person={amara.pk}&act=patient.read"
    parts = iter(desk.post("/audit/export/", {"key": uuid4(), "search": search, "form": "jsonl"}).streaming_content)
    assert b"patient.read" in next(parts)
    if how == "session":
        DeviceSession.objects.filter(person=officer).update(ended=timezone.now())
    else:
        change = {"is_active": False} if how == "account" else {"role": "nurse"}
        type(officer).objects.filter(pk=officer.pk).update(**change)
    with pytest.raises(SignedOut):
        next(parts)
    refused = Event.objects.filter(event="audit.exported", outcome="refused", agent_id=officer.pk)
    assert [event.reason for event in refused] == ["signed_out"]


def test_an_export_is_read_batch_by_batch_and_loses_nothing(desk, did, amara, patient, monkeypatch):
    monkeypatch.setattr(batches, "EVENTS_IN_A_BATCH", 4)
    for _ in range(11):
        did(amara, patient=patient)
    text = taken(desk, f"patient={patient.pk}&act=patient.read", "jsonl")
    assert len({json.loads(line)["event_id"] for line in text.splitlines()}) == 11


def test_whoever_has_shown_no_factor_lately_is_asked_for_one_first(desk, officer, did, amara):
    did(amara)
    DeviceSession.objects.filter(person=officer).update(verified=timezone.now() - timedelta(minutes=6))
    answer = desk.post("/audit/export/", {"key": uuid4(), "search": "", "form": "csv", "back": "/audit/"})
    assert answer["Location"] == "/me/confirm/?next=%2Faudit%2F"
    assert exported_by(officer) == []


def test_nobody_exports_within_a_day_of_a_reset(actor, officer, monkeypatch):
    monkeypatch.setattr(services, "may_export", lambda _person, at: False)
    with pytest.raises(Denied):
        services.take_small(actor(officer), services.bounded(Search()), "csv")


# -- more than 500 events: a second officer --


@pytest.fixture
def asked(desk, did, amara, monkeypatch):
    """An export that is large, asked for by Ingrid."""
    monkeypatch.setattr(services, "ALONE", 3)
    for _ in range(5):
        did(amara)
    answer = desk.post("/audit/export/", {"key": uuid4(), "search": f"person={amara.pk}", "form": "jsonl"})
    assert answer["Location"] == "/audit/exports/"
    return Export.objects.get()


def test_a_large_export_leaves_once_another_officer_has_approved_it(desk, other_desk, second, officer, asked):
    address = f"/audit/exports/{asked.pk}/"
    assert exported_by(officer) == []
    assert desk.post(f"{address}take/").status_code == 404
    assert other_desk.post(f"{address}approve/", {"key": uuid4()})["Location"] == "/audit/exports/"
    answer = desk.post(f"{address}take/")
    assert len(b"".join(answer.streaming_content).splitlines()) >= 5
    (event,) = exported_by(officer)
    assert (event.detail["export"], event.detail["approved_by"]) == (str(asked.pk), str(second.pk))


# The property: more than 500 events take two officers, however they are cut. Attacked by two halves, in one session, in
# two, and in two forms; what a second officer approved does not count, and after a day all of it is forgotten.
def test_two_exports_that_are_small_alone_are_large_together(desk, officer, did, amara, lee, monkeypatch, sign_in):
    monkeypatch.setattr(services, "ALONE", 5)
    for person in (amara, lee):
        for _ in range(3):
            did(person)
    taken(desk, f"person={amara.pk}&act=patient.read", "csv")
    other = Client()
    sign_in(other, officer, device="Another browser")
    for browser, query in [(desk, f"person={lee.pk}"), (other, f"person={lee.pk}"), (other, f"person={amara.pk}")]:
        asked = {"key": uuid4(), "search": f"{query}&act=patient.read", "form": "jsonl"}
        assert browser.post("/audit/export/", asked)["Location"] == "/audit/exports/"
    assert "in a day" in other.get("/audit/exports/").content.decode()
    with pytest.raises(Conflict):
        services.take_small(officer_in(officer), services.bounded(Search(person_id=lee.pk, act="patient.read")), "csv")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        sign_in(desk, officer)
        taken(desk, f"person={lee.pk}&act=patient.read", "csv")


def test_what_two_agreed_on_leaves_the_first_their_own_few(desk, other_desk, did, lee, asked):
    did(lee)
    other_desk.post(f"/audit/exports/{asked.pk}/approve/", {"key": uuid4()})
    assert b"".join(desk.post(f"/audit/exports/{asked.pk}/take/").streaming_content)
    taken(desk, f"person={lee.pk}&act=patient.read", "csv")


# An approval is the word of an officer. Whose account was closed, or who is none any more, does not stand by it now.
@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "administrator"}])
def test_an_approval_lapses_with_whoever_gave_it(desk, other_desk, second, asked, change):
    address = f"/audit/exports/{asked.pk}/"
    other_desk.post(f"{address}approve/", {"key": uuid4()})
    type(second).objects.filter(pk=second.pk).update(**change)
    assert desk.post(f"{address}take/").status_code == 404


def test_nobody_approves_what_they_asked_for(desk, officer, asked):
    # The property: one officer, or whoever holds their session, takes no large export. Attacked by page and SQL.
    assert desk.post(f"/audit/exports/{asked.pk}/approve/", {"key": uuid4()}).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=asked.pk).update(approved=timezone.now(), approved_by=officer)
    assert desk.post(f"/audit/exports/{asked.pk}/take/").status_code == 404


def test_what_was_recorded_after_it_was_asked_for_does_not_leave(desk, other_desk, did, amara, asked):
    other_desk.post(f"/audit/exports/{asked.pk}/approve/", {"key": uuid4()})
    did(amara, "handover.sent")
    text = b"".join(desk.post(f"/audit/exports/{asked.pk}/take/").streaming_content).decode()
    assert "handover.sent" not in text


def test_the_second_officer_does_not_take_it_and_a_dropped_one_is_gone(desk, other_desk, asked):
    address = f"/audit/exports/{asked.pk}/"
    other_desk.post(f"{address}approve/", {"key": uuid4()})
    assert other_desk.post(f"{address}take/").status_code == 404
    other_desk.post(f"{address}drop/", {"key": uuid4()})
    assert desk.post(f"{address}take/").status_code == 404


def test_it_expires_unapproved_and_approved(desk, other_desk, asked, sign_in, second, officer):
    address = f"/audit/exports/{asked.pk}/"
    with time_machine.travel(timezone.now() + timedelta(hours=73)):
        sign_in(other_desk, second)
        assert other_desk.post(f"{address}approve/", {"key": uuid4()}).status_code == 404
    sign_in(other_desk, second)
    other_desk.post(f"{address}approve/", {"key": uuid4()})
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        sign_in(desk, officer)
        assert desk.post(f"{address}take/").status_code == 404


def test_the_other_officers_are_told_and_then_whoever_asked(other_desk, second, officer, asked):
    from live.models import InboxItem

    def told(person):
        return list(InboxItem.objects.filter(person_id=person.pk, subject_id=asked.pk).order_by("number"))

    (waits,) = told(second)
    assert told(officer) == []
    assert notices.draw([waits])[waits.pk]["title"] == "An export waits for a second officer"
    other_desk.post(f"/audit/exports/{asked.pk}/approve/", {"key": uuid4()})
    (approved,) = told(officer)
    assert notices.draw([approved])[approved.pk]["line"] == "Sanna Quickbeam"
    type(officer).objects.filter(pk=officer.pk).update(role="nurse")
    assert notices.draw([approved]) == {approved.pk: None}


def test_the_page_says_who_waits_for_whom(desk, other_desk, asked):
    assert "Another officer approves it" in desk.get("/audit/exports/").content.decode()
    theirs = other_desk.get("/audit/exports/").content.decode()
    assert f"/audit/exports/{asked.pk}/approve/" in theirs
    assert "<bdi>Amara Thistledown</bdi>" in theirs
    assert "1 export waits for a second officer" in other_desk.get("/audit/").content.decode()


def test_the_list_of_exports_is_a_look_that_is_on_record(desk, officer, asked):
    desk.get("/audit/exports/")
    look = Event.objects.filter(event="audit.searched", agent_id=officer.pk).latest("id")
    assert look.detail == {"what": "exports", "found": 1}


def test_nobody_else_exports_or_approves(client, sign_in, admin_person, amara, asked):
    for person in (amara, admin_person):
        client.logout()
        sign_in(client, person)
        for act in (
            "export/",
            f"exports/{asked.pk}/approve/",
            f"exports/{asked.pk}/drop/",
            f"exports/{asked.pk}/take/",
        ):
            answer = client.post(f"/audit/{act}", {"key": uuid4(), "search": "", "form": "csv"})
            assert answer.status_code == 404, act
        assert client.get("/audit/exports/").status_code == 404
    assert Export.objects.get().approved is None
