"""Erasure by two, after the backup window: what is readable of the patient then, and where, and what the log says."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.retention import erasures
from audit.retention.due import due, is_due
from audit.retention.models import Erasure
from audit.review.models import Flag
from handover.patients.documents import Identity
from handover.patients.models import CareRelationship
from handover.patients.sealed import identity_of, record_number_index
from handover.patients.selectors import patient_by_record_number_without_audit, patient_page
from handover.patients.services import register_patient
from handover.transfers.models import OpenAction, Responsibility
from ledger import sequencer
from ledger.models import Event
from live import timers
from live.models import Timer
from live.refusals import Conflict, Denied, NotFound
from tests.audit.retention.conftest import years_ago
from tests.audit.retention.test_holds import DESTRUCTIONS, run
from tests.guards import unguarded
from vault import keys
from vault.blobs import take_apart
from vault.errors import KeyDestroyed, VaultError
from vault.keys import key_of
from vault.models import DataKey
from vault.services import Scope

pytestmark = pytest.mark.django_db
# Of people who work here: nothing of a patient.
OF_PEOPLE = ("accounts_", "factors_", "people_", "scim_", "sso_", "django_", "waits_")
# The log's own arithmetic, and heads of streams: numbers and hashes with a salt.
NO_WORDS = ("ledger_tile", "ledger_checkpoint", "ledger_cosignature", "live_stream", "live_devicecursor")


def sealed_of_patients():
    """(table, column, sealed value) of every sealed column of every table: found by what the tables are, not listed."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if getattr(field, "column", "") and field.column.startswith("sealed") and model._meta.managed:
                if field.column == "sealed_count":
                    continue
                for value in model.objects.exclude(**{field.name: None}).values_list(field.name, flat=True):
                    yield f"{model._meta.label}.{field.column}", bytes(value)


def readable(patient):
    """How many sealed values of this patient name a key that opens, of how many there are."""
    keys.RING.forget_all()
    mine = set(DataKey.objects.filter(scope_id=patient.pk).values_list("pk", flat=True))
    opened, found = 0, 0
    for _, blob in sealed_of_patients():
        key_id = take_apart(blob).unverified_key_id
        if key_id not in mine:
            continue
        found += 1
        try:
            key_of(key_id, scope=Scope.patient(patient.pk))
            opened += 1
        except VaultError:
            pass
    return opened, found


class Backup:
    """A copy of the tables that matter here, as a dump of the database has them, and their way back into it."""

    OF_THE_DESK = ("retention_erasure", "live_timer")
    OF_CARE = ("patients_encounter", "transfers_responsibility", "transfers_openaction")
    TABLES = ("vault_datakey", *OF_THE_DESK, *OF_CARE)

    def __init__(self):
        with connection.cursor() as cursor:
            for table in self.TABLES:
                cursor.execute(f"CREATE TEMP TABLE kept_{table} AS TABLE {table}")

    def restore(self, *tables):
        with unguarded(*tables) as cursor:
            cursor.execute("SET LOCAL readback.acting = 'system:test'")
            for table in tables:
                cursor.execute(f"DELETE FROM {table} WHERE true")
                cursor.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{table}")
        keys.RING.forget_all()


def fire(row):
    erasures.come_due(row.pk)
    row.refresh_from_db()
    return row


def verified():
    """What `manage.py ledger verify` says; it raises SystemExit for a log that is not good."""
    sequencer.sequence()
    out = StringIO()
    call_command("ledger", "verify", stdout=out)
    return out.getvalue()


def test_every_table_that_could_hold_something_of_a_patient_is_in_the_list_of_what_is_erased():
    """A new table: say in docs/retention.md what it holds of a patient, and what erases that."""
    told = (Path(__file__).resolve().parents[3] / "docs" / "retention.md").read_text()
    rooms = {"patients", "transfers", "interop", "vault", "live"}
    tables = {model._meta.db_table for model in apps.get_models() if model._meta.app_label in rooms}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND (column_name IN ('patient_id', 'patient_ids') OR column_name LIKE 'sealed%%' OR data_type = 'bytea')"
        )
        tables |= {name for (name,) in cursor.fetchall() if not name.startswith(OF_PEOPLE)}
    assert {table for table in tables if table not in told and not table.startswith(NO_WORDS)} == set()


# -- who is due --


def test_nothing_is_due_while_two_have_not_said_how_long(patient):
    years_ago(patient, 40)
    assert due() == []


def test_who_was_kept_for_as_long_as_the_house_says_is_due(old):
    found = due()
    assert [(row.patient_id, row.years, row.is_open) for row in found] == [(old.pk, 8, True)]


def test_who_was_written_of_since_is_not(old, put_vitals):
    put_vitals(old)
    assert due() == []


def test_a_unit_that_keeps_longer_keeps_longer(old, house_keeps, emergency):
    house_keeps(20, unit=emergency)
    assert due() == []


def test_a_live_move_keeps_a_patient_whatever_the_years(accepted_handover, house_keeps):
    house_keeps(8)
    years_ago(accepted_handover.patient)
    assert due() == []
    with unguarded("transfers_transfer") as cursor:
        cursor.execute("UPDATE transfers_transfer SET status = 'cancelled'")
    assert [row.patient_id for row in due()] == [accepted_handover.patient_id]


def test_emergency_access_that_nobody_has_reviewed_keeps_the_patient(old, actor, noor):
    from handover.patients.glass import services

    who = identity_of(old)
    told = {"record_number": who.record_number, "birth_date": who.birth_date, "code": "covering"}
    services.break_glass(actor(noor), key=uuid4(), **told, words="Called from theatre for her")
    assert not is_due(old.pk)


def test_a_flag_that_nobody_has_settled_keeps_the_patient(old, noor):
    now = timezone.now()
    Flag.objects.create(person=noor, patient=old, day=now.date(), score=3, review_due=now)
    assert not is_due(old.pk)


# -- two, and a time to stop it --


def test_whoever_proposed_it_does_not_approve_it(old, propose, actor, officer):
    row = propose(old)
    with pytest.raises(Denied, match="second compliance officer"):
        erasures.approve(actor(officer), key=uuid4(), row_id=row.pk)
    with pytest.raises(IntegrityError, match="by_a_second_person"):
        run("UPDATE retention_erasure SET approved = now(), approved_by_id = asked_by_id, due = now() + '9 days'")


def test_an_approved_one_waits_for_the_backup_window(old, propose, approve, settings):
    row = approve(propose(old))
    assert row.due == row.approved + timedelta(days=35)
    timer = Timer.objects.get(kind="patient.erased", subject_id=row.pk)
    assert timer.due >= row.due
    assert erasures.nothing_readable_from(row) == row.due + timedelta(days=35)


def test_a_proposal_that_nobody_approves_lapses(old, propose, approve):
    row = propose(old)
    with unguarded("retention_erasure") as cursor:
        cursor.execute(
            "UPDATE retention_erasure SET asked = asked - '4 days'::interval, good_until = asked - '1 day'::interval"
        )
    with pytest.raises(NotFound):
        approve(row)
    assert propose(old).pk != row.pk


def test_any_officer_stops_it_with_one_act(old, due_erasure, actor, officer):
    row = due_erasure(old)
    erasures.stop(actor(officer), key=uuid4(), row_id=row.pk)
    assert not Timer.objects.filter(subject_id=row.pk).exists()
    assert fire(row).erased is None
    assert readable(old)[0] > 0
    assert Event.objects.get(event="erasure.stopped", entity_id=row.pk).reason == "by_hand"


def test_who_comes_back_while_it_waits_is_not_erased(old, due_erasure, put_vitals):
    row = due_erasure(old)
    put_vitals(old)
    assert fire(row).stopped_why == "not_due"
    assert readable(old)[0] > 0


# The attack: one statement as the server's role, before two have approved or before the time has come.
@pytest.mark.parametrize("stage", ["nothing", "proposed", "approved"])
@pytest.mark.parametrize("statement", DESTRUCTIONS[:3])
def test_no_statement_destroys_a_key_before_two_have_decided_and_the_time_is_over(
    old, propose, approve, stage, statement
):
    row = propose(old) if stage != "nothing" else None
    if stage == "approved":
        approve(row)
    with pytest.raises(IntegrityError, match="two approved and whose time has come"):
        run(statement, old.pk)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE retention_erasure SET due = now()",
        "UPDATE retention_erasure SET approved = approved - '36 days'::interval",
        "UPDATE retention_erasure SET erased = now(), keys = 1",
    ],
)
def test_no_statement_shortens_the_time(old, propose, approve, statement):
    approve(propose(old))
    with pytest.raises(IntegrityError):
        run(statement)


def test_an_approval_that_is_dated_back_waits_from_now_on(old, propose, second_officer):
    row = propose(old)
    with pytest.raises(IntegrityError, match="seven days"):
        run(
            "UPDATE retention_erasure SET approved = now() - '40 days'::interval, approved_by_id = %s, due = now()",
            second_officer.pk,
        )
    with pytest.raises(IntegrityError, match="act of its own"):
        run(
            "INSERT INTO retention_erasure (id, patient_id, asked_by_id, approved_by_id, approved, due) "
            "SELECT gen_random_uuid(), patient_id, asked_by_id, %s, now() - '40 days'::interval, now() "
            "FROM retention_erasure",
            second_officer.pk,
        )
    row.refresh_from_db()
    assert row.approved is None


# -- erased --


def test_seal_back_up_erase_restore(accepted_handover, house_keeps, due_erasure):
    """The issue's test, with a whole story of sealed values: summary, handover, synthesis, reasons, open actions."""
    patient = accepted_handover.patient
    house_keeps(8)
    years_ago(patient)
    with unguarded("transfers_transfer") as cursor:
        cursor.execute("UPDATE transfers_transfer SET status = 'cancelled'")
    assert "good" in verified().casefold()
    opened, found = readable(patient)
    assert opened == found >= 6

    row = due_erasure(patient)
    before = Backup()
    assert fire(row).keys == 1
    assert readable(patient) == (0, found)

    # A backup that was made after the key went: whatever is restored of it, nothing opens, with all key files at hand.
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrapped, state FROM vault_datakey WHERE scope_id = %s", [patient.pk])
        assert [(bytes(wrapped), state) for wrapped, state in cursor.fetchall()] == [(b"", "destroyed")]
    assert "good" in verified().casefold()

    # One that was made before: its key rows and the key file open everything. That is why "nothing is readable" is
    # said only once the last such backup is too old to be kept.
    before.restore("vault_datakey")
    assert readable(patient) == (found, found)

    # Restored whole it holds the approved erasure and its timer, which destroys the key again as soon as it runs.
    before.restore(*before.OF_THE_DESK, *before.OF_CARE)
    row.refresh_from_db()
    assert row.erased is None
    (timer,) = Timer.objects.filter(kind="patient.erased")
    assert fire(Erasure.objects.get(pk=timer.subject_id)).keys == 1
    assert readable(patient) == (0, found)
    assert "good" in verified().casefold()


@pytest.mark.django_db(transaction=True)
def test_the_timer_does_it(old, due_erasure):
    row = due_erasure(old)
    assert timers.run_due() >= 1
    row.refresh_from_db()
    assert row.erased
    assert not Timer.objects.filter(subject_id=row.pk).exists()
    assert Event.objects.get(event="patient.erased", patient_id=old.pk).detail == {"keys": 1}


def test_a_turned_key_goes_with_the_older_ones(old, due_erasure):
    # A turning of its own is durable; here its rows are written by hand.
    current = DataKey.objects.get(scope_id=old.pk)
    current.state = "decrypt_only"
    current.save(update_fields=["state"])
    DataKey.objects.create(
        scope_kind="patient", scope_id=old.pk, version=2, provider_key=current.provider_key, wrapped=b"wrapped"
    )
    assert fire(due_erasure(old)).keys == 2
    assert not DataKey.objects.filter(scope_id=old.pk).exclude(state="destroyed", wrapped=b"").exists()


def test_the_record_number_finds_nobody_and_may_be_given_again(old, due_erasure, emergency):
    who = identity_of(old)
    fire(due_erasure(old))
    old.refresh_from_db()
    assert bytes(old.record_number_index) != record_number_index(old.facility_id, who.record_number)
    assert patient_by_record_number_without_audit(old.facility_id, who.record_number) is None
    again = Identity(family="Fenwickle", given="Odalys", birth_date="1951-03-04", record_number=who.record_number)
    assert register_patient(None, key=uuid4(), unit=emergency, identity=again).pk != old.pk


def test_an_erased_patient_is_nobodys_and_their_pages_answer_as_those_of_nobody(
    accepted_handover, house_keeps, due_erasure, client, sign_in, amara, lee
):
    patient = accepted_handover.patient
    house_keeps(8)
    years_ago(patient)
    with unguarded("transfers_transfer") as cursor:
        cursor.execute("UPDATE transfers_transfer SET status = 'cancelled'")
    fire(due_erasure(patient))
    assert not CareRelationship.objects.filter(patient=patient, ends=None).exists()
    assert not Responsibility.objects.filter(patient=patient, until=None).exists()
    assert not OpenAction.objects.filter(patient=patient, done=None, dropped=None).exists()
    for person in (amara, lee):
        sign_in(client, person)
        for place in ("/patients/{}/", "/patients/{}/summary/", "/patients/{}/timeline/"):
            gone, never = client.get(place.format(patient.pk)), client.get(place.format(uuid4()))
            assert (gone.status_code, never.status_code) == (404, 404)
        assert client.get(f"/handovers/{accepted_handover.pk}/").status_code == 404
        for place in ("/patients/", "/inbox/", "/handovers/shift/", "/patients/?q=Fenwickle"):
            page = client.get(place)
            assert page.status_code == 200, place
            assert "FENWICKLE" not in page.content.decode().upper()
        client.logout()


def test_the_officer_sees_that_they_are_erased_with_the_events(
    old, due_erasure, client, sign_in, officer, actor, amara
):
    patient_page(actor(amara), old.pk)
    fire(due_erasure(old))
    sign_in(client, officer)
    page = client.get(f"/audit/patients/{old.pk}/").content.decode()
    assert "erased" in page
    assert "Amara Thistledown" in page
    assert "4471 0893" not in page


def test_nothing_new_is_sealed_for_an_erased_patient(old, due_erasure):
    from vault.services import Place, seal

    fire(due_erasure(old))
    with pytest.raises(KeyDestroyed):
        seal(b"again", scope=Scope.patient(old.pk), place=Place("patients.Patient", "sealed_identity", old.pk))


def test_the_same_key_of_a_form_proposes_once(old, actor, officer):
    key = uuid4()
    for _ in range(2):
        erasures.propose(actor(officer), key=key, patient_id=old.pk)
    assert Erasure.objects.count() == 1
    with pytest.raises(Conflict, match="asked for already"):
        erasures.propose(actor(officer), key=uuid4(), patient_id=old.pk)


@pytest.mark.parametrize("who", ["amara", "agent_person", "admin_person"])
def test_nobody_else_proposes_approves_or_stops(request, old, propose, actor, who):
    person, row = request.getfixturevalue(who), propose(old)
    for act in (erasures.approve, erasures.drop, erasures.stop):
        with pytest.raises(NotFound), transaction.atomic():
            act(actor(person), key=uuid4(), row_id=row.pk)
    with pytest.raises(NotFound):
        erasures.propose(actor(person), key=uuid4(), patient_id=old.pk)
