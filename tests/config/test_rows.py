"""The second wall: what a query that forgot its filter gets from the database, by the role that the server works as.

Each test reads raw SQL without a condition, as injected text or a forgotten filter would. The first wall
(handover/patients/access.py) is not asked. What stands on the other side of it, and what this does not protect against:
docs/decisions/0047.
"""

import ast
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Duty, Membership
from handover.messaging import services as messaging
from handover.paging import services as paging
from handover.paging.rules import Answer
from handover.patients import access
from handover.patients.models import CareRelationship, Patient
from live.acting import about_one, acting_as_system, acting_for
from live.pool import POOL

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
WINGS = [app for app in apps.get_app_configs() if app.name.startswith("handover.")]
ALL_TABLES = {model._meta.db_table for app in WINGS for model in app.get_models()}
# A table of these rooms, or one that names a patient, which has no policy, and why.
WITHOUT_POLICY = {
    "patients_personday": "it counts a person's day, and names no patient",
    **dict.fromkeys(
        (
            "duty_practitionerrole",
            "duty_rotation",
            "duty_rotationplace",
            "duty_coverrequest",
            "duty_coverask",
            "duty_schedulechange",
            "duty_coveragegap",
            "duty_availability",
            "duty_reachproof",
        ),
        "it says who is on call for a unit, for everybody who may have to reach somebody, and names no patient",
    ),
    **dict.fromkeys(
        (
            *("reach_contactpoint", "reach_delivery", "reach_gatewayevent"),
            *("push_subscription", "push_ring", "push_house", "points_proof"),
        ),
        "it says how members of staff are reached, by an opaque subject, and names no patient",
    ),
    **dict.fromkeys(
        ("paging_unitpolicy", "paging_targetrole"),
        "it says by which steps a unit's pages climb, and names no patient",
    ),
    **dict.fromkeys(
        ("quiet_unitlevel", "quiet_quiethours"),
        "it says what a unit's levels ask and when people are left in quiet, and names no patient",
    ),
    **dict.fromkeys(
        ("scripts_script", "scripts_scriptversion", "scripts_scriptuse", "scripts_judgement"),
        "it is house text, and which agent used it and how it went, by opaque ids, and names no patient",
    ),
    "quiet_emergencyshare": "it counts what a unit sent, and names no patient",
    "quiet_interruption": "it says when members of staff were alerted, by an opaque subject, and names no patient",
    "quiet_digest": "it says for whom messages were gathered, by opaque ids, and names no patient",
    "directory_capability": "it says what a unit takes, for everybody, and names no patient",
    "duty_calendarfeed": "it keeps the digest of an address of a person's own turns, and names no patient",
    "patients_accessalert": "it tells officers of a person, and names no patient",
    "ledger_event": "it outlives every relationship, holds ids only, and is read by compliance officers, who have none",
}
TABLES = sorted(ALL_TABLES - WITHOUT_POLICY.keys())
# Everything that does not act for a person, by the reason it gives. A new one belongs here, for somebody to look at.
AS_THE_SYSTEM = {
    "act.again": "handover/patients/acts.py",
    "audit.evidence": (
        "audit/evidence/exporting.py audit/evidence/leading.py audit/evidence/paged.py audit/evidence/threads.py"
        " audit/evidence/transfers.py"
    ),
    "audit.flags": "audit/review/breaches.py audit/review/marks.py audit/review/selectors.py audit/review/services.py",
    "audit.glass": "handover/patients/glass/selectors.py handover/patients/glass/services.py",
    "audit.patients": "audit/selectors.py",
    "audit.record_numbers": "audit/selectors.py",
    "audit.relationships": "audit/reading.py audit/rows.py audit/outgoing/batches.py",
    "audit.scan": "audit/review/scanner.py",
    "audit.review": "handover/transfers/services/overriding.py",
    "audit.reviews": "handover/transfers/selectors/reviews.py",
    "audit.access_report": "audit/reports/access.py",
    "audit.report": "handover/transfers/selectors/unit_report.py",
    "card.read": "handover/patients/card.py",
    "capacity": "handover/transfers/capacity.py",
    "disclosures": "audit/disclosures/selectors.py audit/disclosures/services.py",
    "demonstration": "config/demonstration/build.py",
    "flag.answered": "audit/review/selectors.py audit/review/services.py",
    "glass.answered": "handover/patients/glass/selectors.py handover/patients/glass/services.py",
    "glass.broken": "handover/patients/glass/services.py",
    "glass.ended": "handover/patients/glass/services.py",
    "import.command": "handover/interop/management/commands/import_fhir.py",
    "import.known": "handover/interop/services.py",
    "live.whisper": "live/whispers.py",
    "live.round": "live/rounds.py",
    "messaging.measures": "handover/messaging/selectors/measures.py",
    "live.timer": "live/timers.py",
    "paging.unread": "handover/paging/services/unread.py",
    "paging.forgotten": "handover/paging/services/closing.py",
    "paging.ended": "handover/paging/services/ground.py",
    "patient.registered": "handover/patients/services.py",
    "push.waiting": "handover/reach/push/selectors.py",
    "push.shown": "handover/reach/push/services.py",
    "reach.outbox": "handover/reach/outbox.py",
    "retention.erasure": "audit/retention/erasures.py",
    "retention.hold": "audit/retention/holds.py",
    "retention.notices": "audit/retention/notices.py",
    "messaging.uploads": "handover/messaging/services/uploading.py",
    "thread.opened": "handover/messaging/services/threads.py",
    "retention.page": "audit/retention/selectors.py",
}


def rows(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def count(table):
    return rows(f"SELECT count(*) FROM {table}")[0][0]


def changed(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


@pytest.fixture(params=["many", "one"], autouse=True)
def how_it_is_asked(request, monkeypatch):
    """Each property holds in both ways that the policies are asked: for the whole set, and row by row."""
    if request.param == "many":
        return
    by_set = acting_for

    @contextmanager
    def by_row(person_id):
        with by_set(person_id):
            about_one()
            yield

    monkeypatch.setitem(globals(), "acting_for", by_row)


@pytest.fixture
def story(accepted_handover, make_patient, emergency, actor, amara, lee):
    """Odalys was handed to Lee's ward, with rows in most tables; another patient stays where Lee has no business."""
    between = messaging.Between(patient_id=accepted_handover.patient_id)
    thread = messaging.open_thread(actor(amara), key=uuid4(), between=between)
    told = {"said": messaging.Said("Lactate 4.1", "urgent"), "to": messaging.To([lee.pk])}
    message = messaging.send_message(actor(amara), key=uuid4(), thread_id=thread.pk, **told)
    messaging.edit(actor(amara), key=uuid4(), message_id=message.pk, text="Lactate 4.7", seen_revision=0)
    messaging.acknowledge(actor(lee), key=uuid4(), message_id=message.pk, answer="owned", revision=1)
    wanted = paging.Wanted(level="urgent", words={"situation": "NEWS2 7"}, person_id=lee.pk)
    page = paging.send_page(actor(amara), key=uuid4(), patient_id=accepted_handover.patient_id, wanted=wanted)
    paging.answer_page(actor(lee), key=uuid4(), page_id=page.pk, said=Answer.OWNS)
    return accepted_handover, make_patient(emergency, family="Larkspur")


def test_every_table_of_a_patient_has_a_policy_that_its_owner_cannot_step_over():
    held = dict(rows("SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind = 'r'"))
    policies = {
        table for (table,) in rows("SELECT tablename FROM pg_policies WHERE policyname = 'of_the_acting_person'")
    }
    naming = rows(
        "SELECT DISTINCT table_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name IN ('patient_id', 'patient_ids')"
    )
    for table in {*TABLES, *(table for (table,) in naming)} - WITHOUT_POLICY.keys():
        assert held[table], table
        assert table in policies, table


@pytest.mark.parametrize("table", TABLES)
def test_nobody_gets_a_row_of_a_patient(story, table):
    with acting_for(None):
        assert count(table) == 0
    with acting_for(uuid4()):
        assert count(table) == 0


@pytest.mark.parametrize("table", TABLES)
def test_who_has_no_relationship_gets_no_row_of_a_patient(story, table, noor, officer, admin_person, agent_person):
    for person in (noor, officer, admin_person, agent_person):
        with acting_for(person.pk):
            assert count(table) == 0


def test_the_story_has_rows_to_be_seen(story):
    # Otherwise the tests above would pass with nothing there.
    empty = {table for table in TABLES if count(table) == 0}
    assert len(empty) <= len(TABLES) // 2, empty


def test_lee_gets_lees_patient_and_all_that_is_of_them_and_no_other(story, lee, amara):
    handover, other = story
    with acting_for(lee.pk):
        assert rows("SELECT id FROM patients_patient") == [(handover.patient_id,)]
        assert rows("SELECT DISTINCT patient_id FROM patients_summaryversion") == [(handover.patient_id,)]
        assert rows("SELECT id FROM transfers_handover") == [(handover.pk,)]
        seen = {table: count(table) for table in TABLES if table.startswith(("transfers_", "messaging_"))}
    assert seen == {table: count(table) for table in seen}
    with acting_for(amara.pk):
        assert {patient for (patient,) in rows("SELECT id FROM patients_patient")} == {handover.patient_id, other.pk}


def test_what_is_another_patients_is_neither_changed_nor_locked(story, lee):
    _, other = story
    with acting_for(lee.pk):
        assert changed("UPDATE patients_patient SET sealed_headline = ''  WHERE id = %s", other.pk) == 0
        assert changed("UPDATE patients_encounter SET status = status WHERE patient_id = %s", other.pk) == 0
        assert changed("UPDATE patients_carerelationship SET ends = now() WHERE patient_id = %s", other.pk) == 0
        assert rows("SELECT 1 FROM patients_patient WHERE id = %s FOR UPDATE", other.pk) == []


def test_nobody_writes_themselves_a_way_to_another_patient(story, lee):
    # The attack: an injected INSERT of the one row that lets its writer see everything of a patient.
    _, other = story
    insert = (
        "INSERT INTO patients_carerelationship (id, patient_id, person_id, role, reason) "
        "VALUES (gen_random_uuid(), %s, %s, '', 'responsible')"
    )
    for acting in (lee.pk, None):
        with acting_for(acting), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            changed(insert, other.pk, lee.pk)
    with acting_for(lee.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        changed("UPDATE patients_encounter SET patient_id = %s", other.pk)


def test_nobody_writes_a_row_of_another_patient(story, lee, emergency):
    handover, other = story
    with acting_for(lee.pk), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        changed(
            "INSERT INTO transfers_responsibility (id, patient_id, person_id, unit_id) "
            "VALUES (gen_random_uuid(), %s, %s, %s)",
            *(other.pk, lee.pk, emergency.pk),
        )
    with acting_for(None), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        changed(
            "INSERT INTO transfers_reminder (id, handover_id, reminded_by_id) VALUES (gen_random_uuid(), %s, %s)",
            *(handover.pk, lee.pk),
        )


def test_a_query_set_that_forgot_its_filter_gets_ones_own(story, lee):
    with acting_for(lee.pk):
        assert [patient.pk for patient in Patient.objects.all()] == [story[0].patient_id]


def test_a_request_reads_as_who_signed_in_and_one_without_a_session_as_nobody(story, lee, client, sign_in, settings):
    # What the wall sees is asked from inside a request, through a view that forgets every filter.
    settings.ROOT_URLCONF = "tests.config.urls_that_forget"
    assert client.get("/patients-of-all/").json() == []
    sign_in(client, lee)
    assert client.get("/patients-of-all/").json() == [str(story[0].patient_id)]


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_does_not_show_the_last_persons_patients(story, lee, amara, settings):
    settings.LIVE_POOL_THREADS = 1
    handover, other = story

    def request(person_id):
        with acting_for(person_id):
            return {patient for (patient,) in rows("SELECT id FROM patients_patient")}

    answers = [POOL.submit(request, person_id).result() for person_id in (amara.pk, None, lee.pk, amara.pk)]
    POOL.close()
    both = {handover.patient_id, other.pk}
    assert answers == [both, set(), {handover.patient_id}, both]


# The same rule on both walls: for any people, memberships, duties, roles and relationships, live or over.
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    belongings=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=6),
    reasons=st.lists(
        st.tuples(
            *(st.integers(0, 3), st.integers(-1, 2), st.integers(0, 3), st.sampled_from(["", "nurse", "physician"])),
            st.sampled_from(["live", "over", "to_come"]),
        ),
        max_size=10,
    ),
    is_closed=st.booleans(),
)
def test_both_walls_let_the_same_people_in(both_walls, belongings, reasons, is_closed):
    with transaction.atomic():
        both_walls(belongings, reasons, is_closed)
        transaction.set_rollback(True)


@pytest.fixture
def both_walls(make_person, make_patient, emergency, ward, other_ward, actor):
    units = [emergency, ward, other_ward]
    roles = ["nurse", "physician", "nurse", "compliance_officer"]
    people = [make_person(f"p{n}@readback.example", f"Person {n}", role) for n, role in enumerate(roles)]
    patients = [make_patient(units[n % 3], family=f"Family{n}") for n in range(4)]
    actors = [actor(person) for person in people]
    starts = {"live": ("-1 hour", None), "over": ("-2 hours", "-1 hour"), "to_come": ("1 hour", None)}

    def compare(belongings, reasons, is_closed):
        for person, unit, is_member in belongings:
            if is_member:
                Membership.objects.get_or_create(person=people[person], unit=units[unit])
            else:
                Duty.objects.create(person=people[person], unit=units[unit], starts="2020-01-01T00:00Z")
        for patient, unit, person, role, time in reasons:
            begins, ends = starts[time]
            changed(
                "INSERT INTO patients_carerelationship "
                "(id, patient_id, person_id, unit_id, role, reason, begins, ends) "
                "VALUES (gen_random_uuid(), %s, %s, %s, %s, 'handover_addressed', "
                "statement_timestamp() + %s::interval, statement_timestamp() + %s::interval)",
                *(patients[patient].pk, people[person].pk if unit < 0 else None),
                *(units[unit].pk if unit >= 0 else None, role if unit >= 0 else "", begins, ends),
            )
        type(people[0]).objects.filter(pk=people[0].pk).update(is_active=not is_closed)
        for person, acting in zip(people, actors, strict=True):
            first = set(access.visible_to(acting).values_list("pk", flat=True))
            with acting_for(person.pk):
                assert {patient for (patient,) in rows("SELECT id FROM patients_patient")} == first
                owned = rows("SELECT DISTINCT patient_id FROM patients_carerelationship")
                assert {patient for (patient,) in owned} == first

    return compare


@pytest.mark.django_db(transaction=True)
def test_a_relationship_that_has_ended_shows_nothing_from_the_next_transaction_on(story, lee):
    handover, _ = story
    with transaction.atomic():
        CareRelationship.objects.filter(patient=handover.patient_id).now().update(ends=Now())
        with acting_for(lee.pk):
            assert count("patients_patient") == 1, "an act still writes to whom it shut the door behind itself"
    with acting_for(lee.pk):
        assert count("patients_patient") == 0


def test_the_system_has_a_reason_and_each_is_listed():
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("tests/", "bench/", ".venv/", "var/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "acting_as_system":
                assert isinstance(node.args[0], ast.Constant), f"{name}: the reason is written out"
                found.setdefault(node.args[0].value, set()).add(name)
    assert found == {reason: set(files.split()) for reason, files in AS_THE_SYSTEM.items()}


def test_the_system_sees_every_patient(story):
    with acting_as_system("test.look"):
        assert count("patients_patient") == Patient.objects.count() == 2
