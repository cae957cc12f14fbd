"""Drafting: pre-filled, saved as it is typed, nobody else's, and never written over by another tab."""

from uuid import uuid4

import pytest

from handover.transfers import sealed, selectors, services
from handover.transfers.models import Handover
from live.refusals import Conflict, NotFound
from tests.fixtures_transfers import make_ipass
from tests.transfers.acts import logged

pytestmark = pytest.mark.django_db


def test_a_first_draft_is_filled_from_the_summary_without_a_severity(actor, amara, patient):
    handover = services.draft_handover(actor(amara), key=uuid4(), patient_id=patient.pk)
    ipass = sealed.draft_of(handover)
    assert ipass.illness_severity is None
    assert ipass.patient_summary.statement.startswith("Pneumonia with sepsis")
    assert "NEWS2 7" in ipass.patient_summary.assessment
    assert [(action.what, action.who) for action in ipass.action_list] == [
        ("Follow up the result: Blood cultures", "Day team")
    ]
    assert ipass.call_back == amara.phone
    assert logged(patient) == ["handover.drafted"]


def test_a_later_draft_has_the_words_of_the_last_accepted_one_and_the_actions_that_are_open(
    actor, lee, patient, accepted_handover
):
    done = patient.open_actions.order_by("due").first()
    services.finish_action(actor(lee), key=uuid4(), action_id=done.pk)
    handover = services.draft_handover(actor(lee), key=uuid4(), patient_id=patient.pk)
    ipass = sealed.draft_of(handover)
    assert ipass.illness_severity is None
    assert ipass.patient_summary.course == "Two litres of fluid, meropenem at 23:40"
    assert "Tell her son" in [action.what for action in ipass.action_list]
    assert "Lactate again" not in [action.what for action in ipass.action_list]
    page = selectors.handover_page(actor(lee), handover.pk)
    assert "course" in page.unchanged
    assert "illness_severity" not in page.unchanged
    assert ipass.call_back == lee.phone


def test_a_second_start_gives_the_same_draft(actor, amara, patient, draft):
    assert services.draft_handover(actor(amara), key=uuid4(), patient_id=patient.pk) == draft
    assert Handover.objects.filter(patient=patient).count() == 1


def test_it_takes_each_revision_once_and_loses_neither_tab(actor, amara, draft):
    saved = services.save_draft(
        actor(amara), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(situation_awareness="first tab"), revision=2
    )
    assert saved == 3
    with pytest.raises(Conflict, match="another device or tab"):
        services.save_draft(
            actor(amara), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(situation_awareness="second"), revision=2
        )
    draft.refresh_from_db()
    assert sealed.draft_of(draft).situation_awareness == "first tab"


def test_the_same_save_again_answers_as_the_first_time_and_changes_nothing(actor, amara, draft):
    key = uuid4()
    again = {"key": key, "handover_id": draft.pk, "revision": 2}
    first = services.save_draft(actor(amara), ipass=make_ipass(), **again)
    services.save_draft(actor(amara), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(), revision=3)
    assert services.save_draft(actor(amara), ipass=make_ipass(situation_awareness="old"), **again) == first == 3
    draft.refresh_from_db()
    assert draft.draft_revision == 4
    assert sealed.draft_of(draft).situation_awareness != "old"


def test_the_time_of_the_severity_is_when_it_was_set_and_not_when_the_rest_was_typed(actor, amara, draft):
    before = sealed.draft_of(draft).severity_set
    services.save_draft(
        actor(amara), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(situation_awareness="more"), revision=2
    )
    draft.refresh_from_db()
    assert sealed.draft_of(draft).severity_set == before
    services.save_draft(
        actor(amara), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(illness_severity="stable"), revision=3
    )
    draft.refresh_from_db()
    assert sealed.draft_of(draft).severity_set > before


def test_a_draft_is_its_authors_alone(actor, lee, noor, make_person, emergency, draft):
    colleague = make_person("bo@readback.example", "Bo Candlewick", "nurse", unit=emergency)
    for person in (colleague, lee, noor):
        with pytest.raises(NotFound):
            selectors.handover_page(actor(person), draft.pk)
        with pytest.raises(NotFound):
            services.save_draft(actor(person), key=uuid4(), handover_id=draft.pk, ipass=make_ipass(), revision=2)


def test_nobody_drafts_for_a_patient_who_is_not_theirs(actor, noor, agent_person, officer, admin_person, patient):
    for person in (noor, agent_person, officer, admin_person):
        with pytest.raises(NotFound):
            services.draft_handover(actor(person), key=uuid4(), patient_id=patient.pk)
    assert not Handover.objects.filter(patient=patient).exists()


def test_what_is_missing_is_said_in_words(actor, amara, patient):
    handover = services.draft_handover(actor(amara), key=uuid4(), patient_id=patient.pk)
    found = selectors.draft_of(actor(amara), handover.pk)
    assert "How ill: stable, watcher or unstable" in found.missing
    assert not any("%" in words for words in found.missing)
