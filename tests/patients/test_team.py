"""A patient's care team: who names whom, what it opens and for how long, and what it must not become."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership
from handover.patients import access, budget, selectors
from handover.patients.glass import services as glass
from handover.patients.models import CareRelationship
from handover.patients.sealed import identity_of
from handover.patients.team import rules
from handover.patients.team.services import name_to_team, take_off_team
from ledger.models import Event
from live.models import InboxItem
from live.refusals import Conflict, Denied, Invalid, NotFound

Reason = CareRelationship.Reason


@pytest.fixture
def isa(make_person, ward):
    """A cardiologist who belongs to another ward."""
    return make_person("isa@readback.example", "Isa Thornapple", "physician", unit=ward)


@pytest.fixture
def name(actor, amara, patient):
    """name(person, part): Amara, of the patient's unit, names the person."""

    def do(person, part="consulting", by=amara, hours=8):
        told = {"patient_id": patient.pk, "person_id": person.pk, "part": part, "hours": hours}
        return name_to_team(actor(by), key=uuid4(), **told)

    return do


def sees(actor, person, patient):
    return access.relationship_for(actor(person), patient.pk) is not None


def test_who_is_named_sees_the_patient_for_that_reason_and_is_told(actor, name, isa, patient):
    assert not sees(actor, isa, patient)
    row = name(isa)
    selectors.patient_page(actor(isa), patient.pk)
    read = Event.objects.filter(event="patient.read", agent_id=isa.pk).latest("pk")
    assert read.relationship_ids == [row.pk]
    assert row.reason == "consulting"
    assert InboxItem.objects.filter(person_id=isa.pk, event="team.named").count() == 1
    assert Event.objects.get(event="team.named").reason == "consulting"


def test_a_cover_ends_by_itself(actor, name, isa, patient):
    row = name(isa, "covering", hours=4)
    assert row.ends - row.begins == timedelta(hours=4)
    assert sees(actor, isa, patient)
    CareRelationship.objects.filter(pk=row.pk).update(ends=timezone.now())  # the time has come
    assert not sees(actor, isa, patient)


def test_taken_off_they_see_the_patient_no_more(actor, name, isa, amara, patient):
    row = name(isa)
    take_off_team(actor(amara), key=uuid4(), patient_id=patient.pk, member_id=row.pk)
    assert not sees(actor, isa, patient)
    assert InboxItem.objects.filter(person_id=isa.pk, event="team.ended").exists()
    with pytest.raises(NotFound):
        take_off_team(actor(amara), key=uuid4(), patient_id=patient.pk, member_id=row.pk)


def test_whoever_is_named_may_go_by_themselves(actor, name, isa, patient):
    row = name(isa)
    take_off_team(actor(isa), key=uuid4(), patient_id=patient.pk, member_id=row.pk)
    assert not sees(actor, isa, patient)


def test_the_next_attending_physician_takes_the_place_of_the_one_before(actor, name, isa, noor, patient):
    name(isa, "attending")
    name(noor, "attending")
    assert not sees(actor, isa, patient)
    assert CareRelationship.objects.now().get(reason="attending").person == noor


def test_the_same_press_twice_names_once(actor, amara, isa, patient):
    key = uuid4()
    told = {"patient_id": patient.pk, "person_id": isa.pk, "part": "consulting"}
    rows = {name_to_team(actor(amara), key=key, **told).pk for _ in range(2)}
    assert len(rows) == 1
    assert CareRelationship.objects.filter(reason="consulting").count() == 1


@pytest.mark.parametrize("part", ["consulting", "covering"])
def test_whoever_was_lent_a_patient_does_not_hand_them_on(actor, name, isa, noor, part):
    # One consult would name the next, and nobody of the unit would know who reads their patient.
    name(isa, part)
    with pytest.raises(Denied, match="Ask there"):
        name(noor, by=isa)


def test_broken_glass_names_nobody_and_not_oneself(actor, isa, name, patient):
    # Four hours with a review would become access without an end and without a review, by one tap.
    who = identity_of(patient)
    told = {"record_number": who.record_number, "birth_date": who.birth_date, "code": "called_to_help"}
    glass.break_glass(actor(isa), key=uuid4(), **told, words="Arrest, called to help")
    with pytest.raises(Denied):
        name(isa, "attending", by=isa)
    assert not CareRelationship.objects.filter(reason="attending").exists()


def test_a_patient_who_is_not_theirs_is_not_there(actor, lee, isa, make_patient, ward, emergency):
    patient = make_patient(emergency, family="Quillfeather")
    told = {"person_id": isa.pk, "part": "consulting"}
    with pytest.raises(NotFound):
        name_to_team(actor(lee), key=uuid4(), patient_id=patient.pk, **told)
    with pytest.raises(NotFound):
        name_to_team(actor(lee), key=uuid4(), patient_id=uuid4(), **told)


@pytest.mark.parametrize(
    ("who", "part", "hours", "field"),
    [
        ("lee", "attending", 0, "person"),
        ("isa", "primary_nurse", 0, "person"),
        ("officer", "covering", 8, "person"),
        ("isa", "break_glass", 0, "part"),
        ("isa", "unit_has_patient", 0, "part"),
        ("isa", "covering", 500, "hours"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(request, name, isa, who, part, hours, field):
    with pytest.raises(Invalid) as refused:
        name(request.getfixturevalue(who), part, hours=hours)
    assert list(refused.value.fields) == [field]


def test_somebody_who_left_is_not_named(name, isa):
    isa.is_active = False
    isa.save()
    with pytest.raises(Invalid):
        name(isa)


def test_being_named_lets_nobody_past_the_days_limit(actor, name, amara, patient, settings, make_patient, emergency):
    # Else whoever walks through a ward names themselves first, one tap for each patient.
    settings.PATIENTS_A_DAY = 1
    selectors.patient_page(actor(amara), make_patient(emergency, family="Nettleship").pk)
    name(amara, "primary_nurse")
    with pytest.raises(Conflict):
        selectors.patient_page(actor(amara), patient.pk)
    assert budget.own_row(actor(amara), patient.pk) is None


def test_the_database_itself_holds_a_cover_to_its_end_and_a_team_to_one_attending(patient, isa, noor):
    now = timezone.now()
    rows = [
        {"reason": Reason.COVERING, "ends": None},
        {"reason": Reason.COVERING, "begins": now, "ends": now + timedelta(hours=13)},
        {"reason": Reason.CONSULTING, "person": None, "unit_id": Membership.objects.first().unit_id},
    ]
    for row in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            CareRelationship.objects.create(**{"patient": patient, "person": isa, **row})
    CareRelationship.objects.create(patient=patient, person=isa, reason=Reason.ATTENDING)
    with pytest.raises(IntegrityError), transaction.atomic():
        CareRelationship.objects.create(patient=patient, person=noor, reason=Reason.ATTENDING)


def test_the_page_finds_a_misspelt_colleague_names_them_and_takes_them_off(client, sign_in, amara, isa, patient):
    sign_in(client, amara)
    path = f"/patients/{patient.pk}/team/"
    assert "Nobody is named" in client.get(path).content.decode()
    assert "Isa Thornapple" in client.get(path, {"q": "isa thornaple"}).content.decode()
    told = {"key": str(uuid4()), "q": "isa", "person": str(isa.pk), "part": "consulting", "hours": "12"}
    assert client.post(path, told).status_code == 303
    page = client.get(path).content.decode()
    assert "Consulting physician" in page
    row = CareRelationship.objects.get(reason="consulting")
    assert client.post(f"{path}{row.pk}/off/", {"key": str(uuid4())}).status_code == 303
    assert "Nobody is named" in client.get(path).content.decode()


@pytest.mark.parametrize("wrong", [{"person": "x"}, {"part": "chief"}, {"part": "covering", "hours": "9999999999"}])
def test_a_form_that_cannot_be_taken_comes_back_as_it_was_chosen(client, sign_in, amara, isa, patient, wrong):
    sign_in(client, amara)
    told = {"key": str(uuid4()), "q": "isa", "person": str(isa.pk), "part": "consulting", "hours": "12", **wrong}
    answer = client.post(f"/patients/{patient.pk}/team/", told)
    assert answer.status_code == 422
    assert 'value="isa"' in answer.content.decode()


def test_who_may_name_is_who_is_not_there_for_a_while():
    lent = {Reason.CONSULTING, Reason.COVERING, Reason.HANDOVER_ADDRESSED, Reason.HANDOVER_AUTHOR, Reason.BREAK_GLASS}
    assert not rules.may_name(lent | {Reason.HANDOVER_RECEIVED})
    assert rules.may_name({Reason.UNIT_HAS_PATIENT, Reason.BREAK_GLASS})
    assert not rules.may_name(set())
