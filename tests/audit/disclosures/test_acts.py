"""What an officer writes down by hand, and the silence that an agency asks for; and who may do neither."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.disclosures.bases import Basis
from audit.disclosures.documents import Words
from audit.disclosures.models import Disclosure, Suspension
from audit.disclosures.selectors import accounting, accounting_to_give, agencys
from audit.disclosures.services import ByHand, Silence, What, disclose_unnamed, record_by_hand, suspend
from audit.review.marks import mark_patient
from config.roles import as_owner
from ledger.models import Event
from live.acting import acting_as_system, acting_for
from live.refusals import Conflict, Invalid, NotFound

pytestmark = pytest.mark.django_db

WORDS = Words(recipient="Dr. Ada Finch, County Health", address="1 Quay", what="Name and diagnosis", purpose="Measles")


def by_hand(day=None, basis="public_health", words=WORDS):
    return ByHand(day or timezone.localdate(), basis, words)


@pytest.fixture
def write(actor, officer, patient):
    def put(told=None, *, by=officer, of=patient, key=None):
        return record_by_hand(actor(by), key=key or uuid4(), patient_id=of.pk, told=told or by_hand())

    return put


@pytest.fixture
def to_police(write):
    return write(by_hand(basis="law_enforcement"))


def silence(days=10, *, form="written", said=0, by="Deputy Finch"):
    today = timezone.localdate()
    return Silence(form, today - timedelta(days=said), today + timedelta(days=days), by)


def test_it_is_on_record_in_codes_and_its_words_are_sealed(write, officer, patient):
    row = Disclosure.objects.get(pk=write())
    event = Event.objects.get(event="disclosure.made", entity_id=row.pk)
    assert (event.agent_id, event.patient_id, event.purpose) == (officer.pk, patient.pk, "PUBHLTH")
    today = timezone.localdate().isoformat()
    assert event.detail == {"basis": "public_health", "what": "by_hand", "made": today, "recipient": "named"}
    assert b"Finch" not in bytes(row.sealed_words)


def test_the_same_form_sent_twice_is_one_disclosure(write):
    key = uuid4()
    assert write(key=key) == write(key=key)
    assert Disclosure.objects.count() == 1


WRONG = {
    "made_on": by_hand(day=timezone.localdate() + timedelta(days=2)),
    "basis": by_hand(basis="because"),
    "recipient": by_hand(words=WORDS.model_copy(update={"recipient": " "})),
    "what": by_hand(words=WORDS.model_copy(update={"what": ""})),
    "purpose": by_hand(words=WORDS.model_copy(update={"purpose": "x" * 501})),
}


@pytest.mark.parametrize("field", WRONG)
def test_each_field_that_is_wrong_is_named_and_nothing_is_written(write, field, patient):
    with pytest.raises(Invalid) as refusal:
        write(WRONG[field])
    assert set(refusal.value.fields) == {field}
    assert not Event.objects.filter(event="disclosure.made", patient_id=patient.pk).exists()


def test_for_an_erased_patient_the_officer_is_told_that_the_words_cannot_be_kept(write, patient, without_key):
    without_key(patient)
    with pytest.raises(Conflict, match="was erased"):
        write()
    assert not Event.objects.filter(event="disclosure.made", patient_id=patient.pk).exists()


def test_the_same_recipient_has_another_index_at_another_patient(write, make_patient, ward):
    first, second = (Disclosure.objects.get(pk=write(of=of) if of else write()) for of in (None, make_patient(ward)))
    again = Disclosure.objects.get(
        pk=write(by_hand(words=WORDS.model_copy(update={"recipient": "DR ADA FINCH county health"})))
    )
    assert bytes(first.recipient_index) == bytes(again.recipient_index)
    assert bytes(first.recipient_index) != bytes(second.recipient_index)


def test_what_must_be_accounted_for_never_goes_without_a_name(actor, officer, patient):
    with pytest.raises(ValueError, match="say to whom"):
        disclose_unnamed(actor(officer), [patient.pk], basis=Basis.COURT, what=What.EVIDENCE)


# -- silence --


def test_silence_is_on_record_for_officers_and_in_no_report_of_the_patients(actor, officer, patient, to_police):
    suspend(actor(officer), key=uuid4(), disclosure_id=to_police, told=silence())
    event = Event.objects.get(event="disclosure.suspended", patient_id=patient.pk)
    assert event.detail["form"] == "written"
    assert accounting_to_give(actor(officer), patient.pk).lines == []
    assert len(accounting(actor(officer), patient.pk).suspended) == 1


def test_by_word_of_mouth_it_holds_thirty_days(actor, officer, to_police):
    told = {"key": uuid4(), "disclosure_id": to_police}
    with pytest.raises(Invalid) as refusal:
        suspend(actor(officer), told=silence(28, form="oral", said=3), **told)
    assert set(refusal.value.fields) == {"until"}
    assert suspend(actor(officer), told=silence(27, form="oral", said=3), **told)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("until", silence(-1)),
        ("stated_on", silence(said=-2)),
        ("form", silence(form="whispered")),
        ("said_by", silence(by="")),
    ],
)
def test_a_statement_that_is_wrong_is_refused_in_words(actor, officer, to_police, field, told):
    with pytest.raises(Invalid) as refusal:
        suspend(actor(officer), key=uuid4(), disclosure_id=to_police, told=told)
    assert field in refusal.value.fields


# An attack: an officer hides what went to a court. The law knows no such suspension, and neither does the act.
def test_what_went_to_anybody_else_cannot_be_kept_from_the_patient(actor, officer, write):
    with pytest.raises(NotFound):
        suspend(actor(officer), key=uuid4(), disclosure_id=write(by_hand(basis="court")), told=silence())


# -- attacks --


@pytest.mark.parametrize("who", ["amara", "agent_person", "admin_person"])
def test_nobody_but_an_officer_writes_reads_or_suspends(request, actor, patient, write, to_police, who):
    person = request.getfixturevalue(who)
    with pytest.raises(NotFound):
        write(by=person)
    with pytest.raises(NotFound):
        suspend(actor(person), key=uuid4(), disclosure_id=to_police, told=silence())
    for ask in (accounting, accounting_to_give):
        with pytest.raises(NotFound):
            ask(actor(person), patient.pk)


# An attack: the officer is the patient. What an agency asks to be kept from a patient is kept from this one too, and
# they write nothing of themselves; another officer does, and makes their accounting.
def test_an_officer_has_no_page_and_no_act_for_the_record_that_is_their_own(
    actor, officer, make_person, patient, write, to_police
):
    second = make_person("mirko@readback.example", "Mirko Nightingale", "compliance_officer")
    told = {"key": uuid4(), "patient_id": patient.pk, "kind": "staff", "staff": officer}
    mark_patient(actor(second), **told, why="The records office says so")
    for ask in (accounting, accounting_to_give):
        with pytest.raises(NotFound):
            ask(actor(officer), patient.pk)
    with pytest.raises(NotFound):
        agencys(actor(officer), to_police)
    with pytest.raises(NotFound):
        suspend(actor(officer), key=uuid4(), disclosure_id=to_police, told=silence())
    with pytest.raises(NotFound):
        write()
    assert len(accounting(actor(second), patient.pk).lines) == 1


# Whoever owns the tables is stopped by the trigger, the server's role by the missing grant before it.
@pytest.mark.parametrize(
    "change", ["UPDATE disclosures_disclosure SET basis = 'treatment'", "DELETE FROM disclosures_suspension"]
)
def test_the_database_keeps_them_as_they_were_written(actor, officer, to_police, change):
    from django.db import connection

    suspend(actor(officer), key=uuid4(), disclosure_id=to_police, told=silence())
    with as_owner(), pytest.raises(IntegrityError, match="written once"), transaction.atomic():
        connection.cursor().execute(change)


def test_the_database_refuses_an_oral_statement_of_a_year(officer, to_police):
    today = timezone.localdate()
    row = Suspension(disclosure_id=to_police, form="oral", stated_on=today, until=today + timedelta(days=365))
    row.sealed_statement, row.recorded_by = b"x", officer
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_without_acting_as_the_system_no_row_is_there(actor, noor, to_police):
    with acting_for(noor.pk):
        assert Disclosure.objects.count() == 0
    with acting_as_system("test"):
        assert Disclosure.objects.count() == 1
