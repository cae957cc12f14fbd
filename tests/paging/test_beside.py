"""Whoever sent a page, or owns it, calls a further team beside it by one tap; each page then goes its own way."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Facility, Unit
from handover.duty import services as duty
from handover.duty.models import PractitionerRole
from handover.paging import services
from handover.paging.models import Page
from handover.paging.sealed import sbar_of
from handover.paging.selectors.choices import offered_beside
from handover.patients.models import CareRelationship
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.paging.conftest import WORDS, asked, fresh, time_passes, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def outreach(make_role, emergency, lee, signed_in):
    """The medical emergency team, which the patient's unit has among its roles: Lee."""
    signed_in(lee)
    return make_role(emergency, "Outreach team", lee, is_safety_critical=True)


@pytest.fixture
def also(actor, outreach):
    """also(person, page): that page beside, to outreach."""

    def call(person, page, *, role=outreach, key=None):
        return services.page_also(actor(person), key=key or uuid4(), page_id=page.pk, role_id=role.pk)

    return call


def test_the_further_team_is_asked_at_once_with_the_same_words(page_out, also, outreach, amara, lee):
    page = page_out("emergency")
    further = also(amara, page)
    assert (further.role, further.level, further.cause, further.cause_id) == (outreach, "emergency", "beside", page.pk)
    assert (asked(further), told(lee, "paging.sent")) == ([["Lee"]], 1)
    assert sbar_of(further).model_dump(exclude={"salt"}) == sbar_of(page).model_dump(exclude={"salt"})
    assert sbar_of(further).situation == WORDS["situation"]


def test_its_words_are_sealed_anew_and_on_the_record_by_their_digest_alone(page_out, also, amara):
    page = page_out()
    further = also(amara, page)
    sent = Event.objects.get(event="paging.sent", entity_id=further.pk)
    first = Event.objects.get(event="paging.sent", entity_id=page.pk)
    assert bytes(further.sealed) != bytes(page.sealed)
    assert len(sent.entity_version) == 64
    # Another salt: from two digests nobody learns that two pages say the same.
    assert sent.entity_version != first.entity_version
    assert (sent.agent_id, sent.detail["cause"], sent.detail["beside"]) == (amara.pk, "beside", str(page.pk))
    assert WORDS["situation"] not in str(sent.detail)


def test_the_first_page_goes_on_climbing_and_an_owner_of_one_does_not_stop_the_other(
    page_out, also, answer, amara, lee
):
    page = page_out()
    further = also(amara, page)
    answer(lee, further)
    time_passes(6)
    assert (fresh(further).state, fresh(further).owned_by) == ("owned", lee)
    assert fresh(page).state == Page.State.WAITING
    assert len(asked(page)) == 2


def test_one_that_was_raised_rings_at_any_hour_beside_as_well(page_out, also, actor, amara, on_call, patient):
    wanted = services.Wanted(level="needs_action", words=WORDS, role_id=on_call.pk, is_raised=True)
    page = services.send_page(actor(amara), key=uuid4(), patient_id=patient.pk, wanted=wanted)
    assert also(amara, page).is_raised


def test_its_owner_calls_a_further_team_and_its_sender_sees_the_page_move(page_out, also, answer, amara, noor):
    page = page_out()
    answer(noor, page)
    further = also(noor, page)
    assert (further.sent_by, asked(further)) == (noor, [["Lee"]])
    assert told(amara, "paging.moved") == 1


# The property: one tap that rings a team is for whoever answers for the page. Attacked by colleagues who see it.
def test_a_colleague_who_only_sees_the_page_calls_nobody(page_out, also, make_person, emergency, noor):
    page = page_out()
    colleague = make_person("tilda@readback.example", "Tilda Probewell", "nurse", unit=emergency)
    for other in (colleague, noor):
        with pytest.raises(Denied, match="sent this page, or owns it"):
            also(other, page)
    assert Page.objects.count() == 1


# The property: that a page is there is no secret told to strangers. Attacked by its id, and by one of nothing.
def test_who_may_not_see_the_patient_finds_no_page(page_out, also, lee, make_person, other_ward):
    page = page_out()
    stranger = make_person("robin@readback.example", "Robin Rushlight", "physician", unit=other_ward)
    with pytest.raises(NotFound):
        also(stranger, page)
    with pytest.raises(NotFound):
        also(stranger, Page(pk=uuid4()))
    assert Page.objects.count() == 1


# The property: who sees the patient no more calls nobody to them. Attacked by the sender, whom nothing lets in now.
def test_a_sender_who_sees_the_patient_no_more_calls_nobody(page_out, also, amara):
    page = page_out()
    CareRelationship.objects.filter(patient=page.patient_id).update(ends=timezone.now())
    with pytest.raises(NotFound):
        also(amara, page)


def test_a_page_that_has_ended_says_so_and_calls_nobody(page_out, also, actor, amara):
    page = page_out()
    services.withdraw_page(actor(amara), key=uuid4(), page_id=page.pk)
    with pytest.raises(Conflict, match="withdrawn: nobody need come"):
        also(amara, page)
    assert Page.objects.count() == 1


def test_one_that_reached_nobody_still_calls_a_further_team(page_out, also, amara):
    page = page_out()
    for _ in range(4):
        time_passes(31)
    assert fresh(page).state == Page.State.NOBODY
    assert asked(also(amara, page)) == [["Lee"]]


def test_a_role_is_called_once_beside_a_page_whichever_of_the_pages_it_is_tapped_on(
    page_out, also, answer, amara, lee, on_call
):
    page = page_out()
    further = also(amara, page)
    answer(lee, further)
    for tapped, role in ((page, further.role), (further, further.role), (page, on_call), (further, on_call)):
        with pytest.raises(Conflict, match="paged about it already"):
            also(amara, tapped, role=role)
    assert Page.objects.count() == 2


def test_once_its_page_has_ended_a_team_may_be_called_again(page_out, also, actor, amara):
    page = page_out()
    services.withdraw_page(actor(amara), key=uuid4(), page_id=also(amara, page).pk)
    assert also(amara, page).state == Page.State.WAITING


# The property: no team has two open pages beside one. Attacked past the act, by a row.
def test_the_database_takes_no_second_one_to_the_same_team(page_out, also, amara):
    further = also(amara, page_out())
    again = Page.objects.get(pk=further.pk)
    again.pk = uuid4()
    with pytest.raises(IntegrityError, match="paging_a_team_once_beside"), transaction.atomic():
        again.save(force_insert=True)


def test_beside_one_beside_it_belongs_to_the_first(page_out, also, make_role, ward, noor, amara):
    page = page_out()
    third = also(amara, also(amara, page), role=make_role(ward, "Arrest team", noor))
    assert third.cause_id == page.pk


def test_the_same_key_twice_is_one_page(page_out, also, amara):
    page, key = page_out(), uuid4()
    assert also(amara, page, key=key) == also(amara, page, key=key)
    assert Page.objects.filter(cause="beside").count() == 1


def test_a_role_that_is_gone_is_refused_in_words(page_out, also, actor, admin_person, outreach, amara):
    page = page_out()
    duty.end_role(actor(admin_person), key=uuid4(), role_id=outreach.pk)
    with pytest.raises(Invalid) as refused:
        also(amara, page)
    assert refused.value.code == "no_role"


def test_in_the_page_it_is_one_tap_and_both_pages_lead_to_each_other(page_out, outreach, browser, amara):
    page, client = page_out(), browser(amara)
    shown = client.get(f"/p/{page.pk}/").content.decode()
    assert "Also page: Outreach team" in shown
    told_of = {"key": uuid4(), "role": outreach.pk}
    assert client.post(f"/p/{page.pk}/also/", told_of)["Location"] == f"/p/{page.pk}/"
    further = Page.objects.get(cause="beside")
    shown = client.get(f"/p/{page.pk}/").content.decode()
    assert "Also paged: Outreach team" in shown
    assert f"/p/{further.pk}/" in shown
    assert f"page:{further.pk}" in shown  # What moves it draws this page anew.
    assert "Also page: Outreach team" not in shown
    beside = client.get(f"/p/{further.pk}/").content.decode()
    assert "Beside the page to Cardiology on call, sent" in beside
    assert f"/p/{page.pk}/" in beside


def test_a_script_is_told_why_a_second_tap_calls_nobody(page_out, also, outreach, browser, amara):
    page, client = page_out(), browser(amara)
    also(amara, page)
    told_of = {"key": uuid4(), "role": outreach.pk}
    refused = client.post(f"/p/{page.pk}/also/", told_of, headers={"Accept": "application/json"})
    assert refused.status_code == 409
    assert "paged about it already" in refused.json()["message"]
    by_hand = client.post(f"/p/{page.pk}/also/", {**told_of, "key": uuid4()}, follow=True)
    assert "paged about it already" in by_hand.content.decode()


def test_without_a_role_nobody_is_called(page_out, outreach, browser, amara):
    page = page_out()
    refused = browser(amara).post(
        f"/p/{page.pk}/also/", {"key": uuid4(), "role": "made-up"}, headers={"Accept": "application/json"}
    )
    assert refused.status_code == 422
    assert Page.objects.count() == 1


def test_three_roles_are_one_tap_those_that_may_never_be_missing_first_and_the_rest_is_behind_a_word(
    page_out, make_role, outreach, emergency, browser, amara, noor, lead
):
    page = page_out()
    for name in ("Bed manager", "Porter on call", "Ward doctor"):
        make_role(emergency, name)
    shown = browser(amara).get(f"/p/{page.pk}/").content.decode()
    by_one_tap, behind = shown.split("Another role", 1)
    names = ["Outreach team", "Bed manager", "Porter on call", "Ward doctor"]
    assert [name for name in names if f"Also page: {name}" in by_one_tap] == names[:3]
    assert "Also page: Ward doctor" in behind
    assert "nobody holds it now" in by_one_tap
    assert "Lee Sparrowhawk" in by_one_tap
    assert f'value="{lead.pk}"' in behind


def test_whoever_was_only_asked_sees_which_teams_were_called_and_no_button(page_out, also, browser, amara, noor):
    page = page_out()
    also(amara, page)
    shown = browser(noor).get(f"/p/{page.pk}/").content.decode()
    assert "Also paged: Outreach team" in shown
    assert "Also page: " not in shown


def test_of_a_page_that_has_ended_no_team_is_offered(page_out, outreach, actor, browser, amara):
    page = page_out()
    services.withdraw_page(actor(amara), key=uuid4(), page_id=page.pk)
    assert "Also page: " not in browser(amara).get(f"/p/{page.pk}/").content.decode()


def offered(unit, patient):
    found = offered_beside(unit, at=timezone.now(), patient_id=patient.pk, but=set())
    return [choice.role.name for choice in found.first]


def test_an_outreach_team_of_another_unit_is_the_first_to_be_called_by_one_tap(
    make_role, emergency, other_ward, lee, patient
):
    for name in ("Anaesthetist", "Bed manager", "Charge nurse", "Doctor on call"):
        make_role(emergency, name, is_safety_critical=True)
    make_role(other_ward, "Outreach team", lee, is_outreach=True)
    assert offered(emergency, patient)[0] == "Outreach team"
    assert len(offered(emergency, patient)) == 3


def test_one_of_another_facility_is_not(make_role, emergency, lee, patient):
    elsewhere = Unit.objects.create(facility=Facility.objects.create(name="Farther away"), name="Critical care")
    make_role(elsewhere, "Their outreach team", lee, is_outreach=True)
    assert "Their outreach team" not in offered(emergency, patient)


def test_no_bed_comes_to_every_unit(emergency):
    with pytest.raises(IntegrityError, match="duty_a_bed_is_no_outreach"), transaction.atomic():
        PractitionerRole.objects.create(
            unit=emergency, name="Nurse for bed 1", bed="1", profession="nurse", is_outreach=True
        )
