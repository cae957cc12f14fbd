"""The officer's page of retention: what stands on it, what its forms do, and that nobody else learns of it."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import DeviceSession
from audit.retention import erasures
from audit.retention.models import Erasure, LegalHold, Lifting, Policy
from ledger.models import Event
from live import drawing
from live.models import InboxItem
from tests.audit.retention.conftest import waited
from tests.audit.test_events_page import without_tokens

pytestmark = pytest.mark.django_db

PAGE, ACT, DECIDE = "/audit/retention/", "/audit/retention/act/", "/audit/retention/decide/"
HOLD = {"act": "hold", "record_number": "4471 0893", "case": "Case 24-1107", "reason": "A court asks"}


@pytest.fixture
def posted(desk):
    """posted(act=..., ...): the form of this act, sent by the officer at the desk."""

    def send(*, by_two=False, **told):
        return desk.post(DECIDE if by_two else ACT, {"key": str(uuid4()), **told})

    return send


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def test_an_empty_page_says_that_everything_is_kept_and_what_the_law_asks(desk):
    page = text(desk.get(PAGE))
    assert "Nothing is decided: nobody is due, and everything is kept." in page
    for words in ("42 CFR 482.24(b)", "45 CFR 164.316(b)(2)", "none to erasure", "Readback makes no backups"):
        assert words in page


def test_from_a_policy_to_an_erasure_by_two_officers(desk, client, posted, patient, second_officer, sign_in):
    from tests.audit.retention.conftest import years_ago

    posted(by_two=True, act="ask_policy", kind="patient_record", unit="", years="8")
    years_ago(patient)
    sign_in(client, second_officer)
    posted(by_two=True, act="approve_policy", row=Policy.objects.get().pk)
    page = text(client.get(PAGE))
    assert "Record number 4471 0893" in page
    assert "Nobody ever ended the stay" in page
    posted(by_two=True, act="propose", row=patient.pk)
    row = Erasure.objects.get()
    refused = posted(by_two=True, act="approve_erasure", row=row.pk)
    assert refused.status_code == 403
    assert "A second compliance officer approves it" in text(refused)


def test_what_is_under_way_says_what_can_be_read_where_until_when(desk, old, propose, approve):
    row = approve(propose(old))
    page = text(desk.get(PAGE))
    assert "all of it can be read, here and in every backup, and any officer can stop it" in page
    assert "Backups made before that still hold the keys" in page
    assert "if every backup is deleted when it is 35 days old" in page
    erasures.come_due(waited(row).pk)
    page = text(desk.get(PAGE))
    assert "Nothing can be read here. Backups made before hold the keys until" in page
    assert "4471 0893" not in page
    with_the_window_over = waited(row, days=36)
    assert with_the_window_over.erased  # and the page counts from when it was done, not from when it was due


def test_one_tap_stops_it_without_another_factor(desk, officer, posted, old, propose, approve):
    row = approve(propose(old))
    DeviceSession.objects.filter(person=officer).update(verified=timezone.now() - timedelta(hours=1))
    assert posted(act="stop", row=row.pk).status_code == 303
    row.refresh_from_db()
    assert row.stopped_by_id == officer.pk
    assert "Stopped: an officer stopped it" in text(desk.get(PAGE))


def test_what_two_decide_asks_for_a_factor_that_was_just_shown(desk, officer, posted, old):
    DeviceSession.objects.filter(person=officer).update(verified=timezone.now() - timedelta(hours=1))
    answer = posted(by_two=True, act="propose", row=old.pk, back=PAGE)
    assert answer["Location"].startswith("/me/confirm/")
    assert not Erasure.objects.exists()


def test_a_hold_is_one_form_and_its_words_stand_on_the_page(desk, posted, patient, officer):
    assert posted(**HOLD)["Location"] == PAGE
    page = text(desk.get(PAGE))
    for words in ("Case 24-1107", "A court asks", "Record number 4471 0893, placed by Ingrid Larkspur"):
        assert words in page
    event = Event.objects.filter(event="audit.searched", agent_id=officer.pk).latest("id")
    assert (event.patient_id, event.detail) == (patient.pk, {"what": "retention"})


def test_a_hold_is_lifted_by_two_on_the_page(desk, client, posted, patient, second_officer, sign_in):
    posted(**HOLD)
    posted(by_two=True, act="ask_to_lift", row=LegalHold.objects.get().pk)
    assert "Another officer lifts it" in text(desk.get(PAGE))
    sign_in(client, second_officer)
    posted(by_two=True, act="lift", row=Lifting.objects.get().pk)
    assert LegalHold.objects.get().lifted
    assert "None stands." in text(client.get(PAGE))


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(desk, posted, patient):
    refused = posted(**{**HOLD, "record_number": "0000 0000"})
    assert refused.status_code == 422
    assert "No patient has this record number" in text(refused)
    assert 'value="Case 24-1107"' in text(refused)
    refused = posted(by_two=True, act="ask_policy", kind="log", years="3", unit="")
    assert "The law keeps this for 6 years at least (45 CFR 164.316(b)(2))" in text(refused)


@pytest.mark.parametrize(
    "told",
    [
        {"act": "stop", "row": "no id"},
        {"act": "stop", "row": str(uuid4())},
        {"act": "propose"},
        {"act": ""},
        {},
        {**HOLD, "act": "lift"},
    ],
)
def test_what_no_form_of_the_page_sends_is_nothing(posted, told):
    assert posted(**told).status_code == 404


def test_what_two_decide_cannot_be_sent_to_the_address_that_asks_for_no_factor(posted, old):
    assert posted(act="propose", row=old.pk).status_code == 404
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("typed", ["x" * 10_000, "\u202e4471", "\x00", "<script>"])
def test_odd_words_are_refused_or_kept_as_they_are(posted, patient, typed):
    assert posted(**{**HOLD, "record_number": typed}).status_code == 422
    answer = posted(**{**HOLD, "case": typed})
    assert answer.status_code in {303, 422}


def test_a_damaged_case_hides_no_hold(desk, posted, patient):
    from tests.guards import unguarded

    posted(**HOLD)
    with unguarded("retention_legalhold") as cursor:
        cursor.execute("SET LOCAL readback.acting = 'system:test'; UPDATE retention_legalhold SET sealed_words = 'x'")
    page = text(desk.get(PAGE))
    assert "The case does not open" in page
    assert "Record number 4471 0893" in page


@pytest.mark.parametrize("who", ["amara", "noor", "agent_person", "admin_person"])
def test_nobody_else_learns_that_there_is_such_a_page(client, sign_in, request, who, old):
    sign_in(client, request.getfixturevalue(who))
    nothing = without_tokens(client.get("/nothing-here/"))
    for answer in (client.get(PAGE), client.post(ACT, HOLD), client.post(DECIDE, {"act": "propose", "row": old.pk})):
        assert answer.status_code in {404, 405}
    assert without_tokens(client.get(PAGE)) == nothing
    assert not LegalHold.objects.exists()


# -- a second officer is told --


def views_of(person, event):
    """What the person's phone is told of such an event."""
    return [view for view in drawing.draw(InboxItem.objects.filter(person_id=person.pk, event=event)).values() if view]


def test_a_second_officer_is_told_at_once_and_finds_it_at_the_desk(
    desk, client, officer, second_officer, actor, old, propose, approve, sign_in
):
    row = propose(old)
    (told,) = views_of(second_officer, "erasure.proposed")
    assert (told["title"], told["line"]) == ("An erasure waits for a second officer", officer.display_name)
    assert told["url"] == PAGE
    assert "4471" not in str(told)
    assert views_of(officer, "erasure.proposed") == []
    assert "waits for a second officer" not in text(desk.get("/audit/"))
    sign_in(client, second_officer)
    assert "1 decision on keeping or erasing waits for a second officer" in text(client.get("/audit/"))
    approve(row)
    assert views_of(second_officer, "erasure.proposed") == []
    assert "waits for a second officer" not in text(client.get("/audit/"))


def test_a_policy_and_a_lifting_are_told_of_too(actor, officer, second_officer, posted, patient):
    posted(by_two=True, act="ask_policy", kind="patient_record", unit="", years="9")
    assert len(views_of(second_officer, "retention.asked")) == 1
    posted(**HOLD)
    posted(by_two=True, act="ask_to_lift", row=LegalHold.objects.get().pk)
    assert len(views_of(second_officer, "hold.lift_asked")) == 1


# Whoever was an officer when it was announced and is none any more learns nothing.
def test_who_is_no_officer_any_more_is_told_nothing(second_officer, old, propose):
    propose(old)
    type(second_officer).objects.filter(pk=second_officer.pk).update(role="nurse")
    assert views_of(second_officer, "erasure.proposed") == []


def test_what_was_typed_of_a_policy_is_there_again_after_a_factor_was_shown(desk, officer, posted, ward):
    DeviceSession.objects.filter(person=officer).update(verified=timezone.now() - timedelta(hours=1))
    told = {"act": "ask_policy", "kind": "log", "unit": str(ward.pk), "years": "11", "back": PAGE}
    answer = posted(by_two=True, **told)
    (wanted,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
    page = text(desk.get(wanted))
    assert 'name="years" inputmode="numeric" maxlength="3" value="11"' in page
    assert '<option value="log" selected>' in page
    assert f'<option value="{ward.pk}" selected>' in page
    assert not Policy.objects.exists()


# An address is kept by browsers and proxies: what is about somebody never goes into it.
def test_no_word_of_a_hold_and_no_patient_goes_into_an_address(desk, officer, posted, old):
    DeviceSession.objects.filter(person=officer).update(verified=timezone.now() - timedelta(hours=1))
    answer = posted(by_two=True, act="propose", row=old.pk, reason="A word", record_number="4471 0893", back=PAGE)
    assert answer["Location"].endswith("next=%2Faudit%2Fretention%2F")
