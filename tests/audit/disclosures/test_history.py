"""T24: six years of a patient, scripted, and the accounting of it to the line. PROTECTION.md 7, 45 CFR 164.528."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine

from audit.disclosures.bases import EXEMPT, Basis
from audit.disclosures.models import Disclosure
from audit.disclosures.selectors import accounting, accounting_to_give
from audit.disclosures.services import Silence, What, disclose_unnamed, suspend
from ledger.models import Event

pytestmark = pytest.mark.django_db

ASKED = "2026-11-29T11:00:00+00:00"
HEALTH, POLICE, INSPECTORS = "County Health Department", "Sheriff's Office", "State Health Inspectorate"
# Day, to whom, on what basis, what for. Older than six years, exempt, a series, suspended, and the plain ones.
HISTORY = (
    ("2019-05-02", "District Court", "court", "A hearing of 2019"),
    ("2020-11-28", HEALTH, "public_health", "One day too old"),
    ("2020-11-29", "Coroner of the county", "deceased", "An inquest"),
    ("2021-02-11", "Dr Hale, the family's physician", "treatment", "To go on with the care"),
    ("2021-06-30", "Tidewater Health Insurance", "payment", "The bill"),
    ("2021-08-03", "Lakeside Hospital", "operations", "A review of quality"),
    ("2022-01-15", "Odalys Fenwickle", "individual", "She asked for it"),
    ("2022-03-09", "Tidewater Life Insurance", "authorization", "Signed on 2 March"),
    ("2022-04-01", "Her sister", "involved", "News of the stay"),
    ("2022-05-05", "Federal office", "security", "National security"),
    ("2022-06-06", "County prison", "custody", "Care in custody"),
    ("2022-07-07", "Register of sepsis", "limited", "Data without names"),
    ("2023-01-10", HEALTH, "public_health", "Weekly report of sepsis"),
    ("2023-01-17", HEALTH, "public_health", "Weekly report of sepsis"),
    ("2023-01-24", HEALTH, "public_health", "Weekly report of sepsis"),
    ("2023-01-31", HEALTH, "public_health", "Weekly report of sepsis"),
    ("2023-04-02", HEALTH, "public_health", "An outbreak on the ward"),
    ("2024-02-29", "District Court", "court", "A hearing of 2024"),
    ("2024-08-20", "Wrong fax number", "mistake", "Sent by mistake"),
    ("2024-08-21", "Wrong fax number", "mistake", "Sent by mistake"),
    ("2024-08-22", "Wrong fax number", "mistake", "Sent by mistake"),
    ("2025-03-03", POLICE, "law_enforcement", "An open investigation"),
    ("2025-09-09", INSPECTORS, "oversight", "An inspection"),
    ("2026-10-10", POLICE, "law_enforcement", "An open investigation"),
    ("2026-11-29", "University of the Coast", "research", "A study of sepsis"),
)
TOLD = [
    ("2026-11-29", "2026-11-29", 1, "University of the Coast", "A study of sepsis"),
    ("2025-09-09", "2025-09-09", 1, INSPECTORS, "An inspection"),
    ("2024-08-22", "2024-08-22", 1, "Wrong fax number", "Sent by mistake"),
    ("2024-08-21", "2024-08-21", 1, "Wrong fax number", "Sent by mistake"),
    ("2024-08-20", "2024-08-20", 1, "Wrong fax number", "Sent by mistake"),
    ("2024-02-29", "2024-02-29", 1, "District Court", "A hearing of 2024"),
    ("2023-04-02", "2023-04-02", 1, HEALTH, "An outbreak on the ward"),
    ("2023-01-10", "2023-01-31", 4, HEALTH, "Weekly report of sepsis"),
    ("2020-11-29", "2020-11-29", 1, "Coroner of the county", "An inquest"),
]
TOLD_LATER = [
    ("2026-10-10", "2026-10-10", 1, POLICE, "An open investigation"),
    ("2025-03-03", "2025-03-03", 1, POLICE, "An open investigation"),
]


@pytest.fixture
def history(actor, officer, patient, gave):
    """Six years and more; the police have asked for silence until the end of the year."""
    rows = {}
    for day, recipient, basis, purpose in HISTORY:
        rows[day, recipient] = gave(day, recipient, basis, purpose=purpose, address=f"{len(rows)} High Street")
    with time_machine.travel("2026-10-12T10:00:00+00:00", tick=False):
        told = Silence("written", date(2026, 10, 11), date(2026, 12, 31), "Deputy Finch, Sheriff's Office")
        suspend(actor(officer), key=uuid4(), disclosure_id=rows["2026-10-10", POLICE], told=told)
        disclose_unnamed(actor(officer), [patient.pk], basis=Basis.OPERATIONS, what=What.SEARCH)
    return rows


def lines(found):
    return [
        (
            line.entry.first.on.isoformat(),
            line.entry.last.on.isoformat(),
            line.entry.count,
            line.words.recipient,
            line.words.purpose,
        )
        for line in found.lines
    ]


@pytest.fixture
def asked(actor, officer, patient, history):
    def ask(at=ASKED, *, by=accounting, **dates):
        with time_machine.travel(at, tick=False):
            return by(actor(officer), patient.pk, **dates)

    return ask


def test_the_exact_list_of_six_years(asked):
    found = asked()
    assert lines(found) == TOLD
    assert (found.since, found.until) == (date(2020, 11, 29), date(2026, 11, 29))
    assert found.lines[0].words.address == "24 High Street"


def test_the_officer_sees_what_waits_and_what_the_law_leaves_out(asked):
    found = asked()
    waiting = [(line.words.recipient, line.entry.last.on.isoformat(), until) for line, until in found.suspended]
    assert waiting == [(POLICE, "2026-10-10", date(2026, 12, 31)), (POLICE, "2025-03-03", date(2026, 12, 31))]
    assert {kept.basis: kept.count for kept in found.exempt} == {**dict.fromkeys(EXEMPT, 1), Basis.OPERATIONS: 2}


# The suspension is kept from the patient, and so is that there is one (164.528(a)(2)).
def test_what_is_given_to_the_patient_is_the_same_list_and_nothing_beside_it(asked):
    found = asked(by=accounting_to_give)
    assert (lines(found), found.suspended, found.exempt) == (TOLD, (), ())


def test_once_the_suspension_is_over_the_patient_is_told(asked):
    found = asked("2027-01-01T09:00:00+00:00", by=accounting_to_give)
    assert lines(found) == [TOLD[0], TOLD_LATER[0], TOLD[1], TOLD_LATER[1], *TOLD[2:-1]]


def test_of_a_shorter_time_as_the_patient_asks(asked):
    assert lines(asked(since=date(2024, 1, 1), until=date(2024, 8, 20))) == [TOLD[4], TOLD[5]]


def test_what_was_made_of_it_is_on_record_and_is_itself_a_disclosure_to_the_patient(asked, officer, patient):
    before = Event.objects.filter(event="disclosure.made", patient_id=patient.pk).count()
    asked(by=accounting_to_give)
    event = Event.objects.get(event="audit.accounting_made", patient_id=patient.pk)
    assert (event.agent_id, event.purpose, event.detail["entries"]) == (officer.pk, "PATRQT", len(TOLD))
    made = Event.objects.filter(event="disclosure.made", patient_id=patient.pk).order_by("-id")
    assert made.count() == before + 1
    assert (made[0].detail["basis"], made[0].detail["recipient"]) == ("individual", "patient")


# The key is gone and with it every name: dates, bases and counts are the log's, and are told all the same. The purpose
# cannot be read any more, so the outbreak counts with the weekly reports.
def test_in_the_dark_everything_is_told_but_the_words(asked, patient, without_key):
    without_key(patient)
    found = asked(by=accounting_to_give)
    assert [line.words for line in found.lines] == [None] * 8
    assert [(line.entry.last.on.isoformat(), line.entry.count) for line in found.lines if line.entry.count > 1] == [
        ("2023-04-02", 5)
    ]
    assert found.record_number == "erased"


# An attack by whoever owns the tables: the row with the words is removed. The log still says that it was made.
def test_a_row_that_is_removed_is_seen_to_be_missing(asked, history):
    from tests.guards import unguarded

    row_id = history["2024-02-29", "District Court"]
    with unguarded("disclosures_disclosure") as cursor:
        cursor.execute("SELECT set_config('readback.acting', 'system:test', true)")
        cursor.execute("DELETE FROM disclosures_disclosure WHERE id = %s", [row_id])
    assert not Disclosure.objects.filter(pk=row_id).exists()
    (line,) = [line for line in asked().lines if line.entry.last.on == date(2024, 2, 29)]
    assert (line.words, line.disclosure_id) == (None, None)
