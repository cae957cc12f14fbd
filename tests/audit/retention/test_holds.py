"""A legal hold: one act of one officer, lifted by two, and while it stands no key of the patient can be destroyed."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from audit.retention import erasures, holds
from audit.retention.models import Erasure, LegalHold, Lifting
from ledger.models import Event
from live.acting import acting_as_system, acting_for
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.audit.retention.conftest import waited
from vault.models import DataKey
from vault.services import Scope, destroy

pytestmark = pytest.mark.django_db

CASE, REASON = "Fenwickle v. Saint Wilgefortis, 24-1107", "The court asks that everything is kept"


@pytest.fixture
def hold(actor, officer):
    def place(number="4471 0893"):
        holds.place(actor(officer), key=uuid4(), record_number=number, case=CASE, reason=REASON)
        return LegalHold.objects.latest("placed")

    return place


def run(statement, *parameters):
    """As the server's role, in a savepoint: what an injected statement could do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


DESTRUCTIONS = [
    "UPDATE vault_datakey SET state = 'destroyed', wrapped = '' WHERE scope_id = %s",
    "UPDATE vault_datakey SET wrapped = '' WHERE scope_id = %s",
    "UPDATE vault_datakey SET state = 'destroyed' WHERE scope_id = %s",
    # Moved away and destroyed there: the hold is found by the patient of the key.
    "UPDATE vault_datakey SET scope_id = gen_random_uuid() WHERE scope_id = %s",
    "UPDATE vault_datakey SET scope_kind = 'person' WHERE scope_id = %s",
    "UPDATE vault_datakey SET id = gen_random_uuid() WHERE scope_id = %s",
    "UPDATE vault_datakey SET version = version + 1 WHERE scope_id = %s",
]


def test_one_officer_holds_a_patient_by_the_record_number(hold, patient, officer):
    row = hold()
    assert (row.patient_id, row.placed_by_id, row.lifted) == (patient.pk, officer.pk, None)
    assert (holds.words_of(row).case, holds.words_of(row).reason) == (CASE, REASON)
    assert CASE.encode() not in bytes(row.sealed_words)
    event = Event.objects.get(event="hold.placed", entity_id=row.pk)
    assert (event.patient_id, event.agent_id) == (patient.pk, officer.pk)


# The property: whoever sends statements as the server, with any acting, does not destroy a key while a hold stands. The
# trigger asks for holds with an acting of its own, so that an empty one does not hide the hold from its guard.
@pytest.mark.parametrize("statement", DESTRUCTIONS)
@pytest.mark.parametrize(
    "acting", [lambda: acting_as_system("test"), lambda: acting_for(None)], ids=["system", "nobody"]
)
def test_no_statement_of_the_servers_role_destroys_a_held_patients_key(hold, patient, statement, acting):
    hold()
    before = list(DataKey.objects.filter(scope_id=patient.pk).values())
    with acting(), pytest.raises(IntegrityError):
        run(statement, patient.pk)
    assert list(DataKey.objects.filter(scope_id=patient.pk).values()) == before


def test_the_vaults_own_destroy_is_refused_too(hold, patient):
    hold()
    with pytest.raises(IntegrityError, match="legal hold"), transaction.atomic():
        destroy(Scope.patient(patient.pk))


def test_an_approved_erasure_whose_time_has_come_is_refused_by_the_hold(hold, old, due_erasure):
    # Placed by a statement, so that no code of ours has stopped the erasure: the wall alone stands.
    row = due_erasure(old)
    run(
        "INSERT INTO retention_legalhold (id, patient_id, sealed_words, placed_by_id) "
        "SELECT gen_random_uuid(), %s, 'x', asked_by_id FROM retention_erasure WHERE id = %s",
        *(old.pk, row.pk),
    )
    with pytest.raises(IntegrityError, match="legal hold"), transaction.atomic():
        destroy(Scope.patient(old.pk))
    erasures.come_due(row.pk)
    row.refresh_from_db()
    assert (row.erased, row.stopped_why) == (None, "not_due")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE retention_legalhold SET lifted = now()",
        "UPDATE retention_legalhold SET patient_id = (SELECT id FROM patients_patient WHERE id <> patient_id LIMIT 1)",
        "UPDATE retention_legalhold SET sealed_words = 'x'",
    ],
)
def test_no_statement_takes_a_hold_off(hold, patient, make_patient, emergency, statement):
    make_patient(emergency)
    hold()
    with pytest.raises(IntegrityError):
        run(statement)
    with pytest.raises(Exception, match="permission denied"):
        run("DELETE FROM retention_legalhold")


@pytest.mark.usefixtures("as_owner")
def test_not_even_the_owner_deletes_a_hold_without_taking_the_trigger_off(hold, patient):
    hold()
    with pytest.raises(IntegrityError, match="stays"):
        run("DELETE FROM retention_legalhold")
    with pytest.raises(IntegrityError, match="legal hold"):
        run("DELETE FROM vault_datakey WHERE scope_id = %s", patient.pk)


def test_a_hold_stops_what_was_proposed_and_what_waits(hold, old, propose, approve):
    proposed = propose(old)
    hold()
    proposed.refresh_from_db()
    assert proposed.dropped
    assert Event.objects.get(event="erasure.dropped", entity_id=proposed.pk).reason == "held"


def test_a_hold_stops_an_approved_erasure(hold, old, propose, approve):
    row = approve(propose(old))
    hold()
    row.refresh_from_db()
    assert (row.stopped_why, row.erased) == ("held", None)
    # Its time comes all the same, and nothing happens.
    erasures.come_due(waited(row).pk)
    row.refresh_from_db()
    assert row.erased is None


def test_while_it_stands_nobody_proposes_the_patient(hold, old, propose):
    hold()
    with pytest.raises(Conflict, match="not due"):
        propose(old)


def test_two_lift_it_and_then_the_patient_is_due_again(hold, old, actor, officer, second_officer, propose):
    row = hold()
    holds.ask_to_lift(actor(officer), key=uuid4(), hold_id=row.pk)
    lifting = Lifting.objects.get(hold=row)
    with pytest.raises(Denied, match="second compliance officer"):
        holds.lift(actor(officer), key=uuid4(), row_id=lifting.pk)
    holds.lift(actor(second_officer), key=uuid4(), row_id=lifting.pk)
    row.refresh_from_db()
    assert row.lifted
    assert propose(old)


def test_a_lifting_by_the_one_who_asked_is_refused_by_the_database(hold, patient, actor, officer):
    row = hold()
    holds.ask_to_lift(actor(officer), key=uuid4(), hold_id=row.pk)
    with pytest.raises(IntegrityError, match="by_a_second_person"):
        run("UPDATE retention_lifting SET approved = now(), approved_by_id = asked_by_id")
    with pytest.raises(IntegrityError, match="by an act of its own"):
        run(
            "INSERT INTO retention_lifting (id, hold_id, asked_by_id, approved, approved_by_id) "
            "SELECT gen_random_uuid(), id, placed_by_id, now(), placed_by_id FROM retention_legalhold"
        )


def test_a_dropped_lifting_leaves_the_hold(hold, patient, actor, officer, second_officer):
    row = hold()
    holds.ask_to_lift(actor(officer), key=uuid4(), hold_id=row.pk)
    lifting = Lifting.objects.get(hold=row)
    holds.drop_lifting(actor(second_officer), key=uuid4(), row_id=lifting.pk)
    with pytest.raises(NotFound):
        holds.lift(actor(second_officer), key=uuid4(), row_id=lifting.pk)
    row.refresh_from_db()
    assert row.lifted is None


def test_a_number_that_nobody_has_is_said_and_a_hold_without_words_is_refused(hold, patient, actor, officer):
    with pytest.raises(Invalid) as refused:
        hold("0000 0000 0000")
    assert "No patient has this record number" in refused.value.fields["record_number"]
    with pytest.raises(Invalid) as refused:
        holds.place(actor(officer), key=uuid4(), record_number="4471 0893", case=" ", reason="")
    assert set(refused.value.fields) == {"case", "reason"}
    assert not LegalHold.objects.exists()


@pytest.mark.parametrize("who", ["amara", "noor", "agent_person", "admin_person"])
def test_nobody_else_places_or_lifts(request, hold, patient, actor, who):
    person, row = request.getfixturevalue(who), hold()
    told = {"record_number": "4471 0893", "case": CASE, "reason": REASON}
    for act in (
        lambda: holds.place(actor(person), key=uuid4(), **told),
        lambda: holds.ask_to_lift(actor(person), key=uuid4(), hold_id=row.pk),
        lambda: holds.lift(actor(person), key=uuid4(), row_id=uuid4()),
    ):
        with pytest.raises(NotFound):
            act()
    with acting_for(person.pk):
        assert not LegalHold.objects.exists()
        assert not Erasure.objects.exists()
