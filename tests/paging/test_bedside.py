"""A page to the nurse for a patient's bed: whoever has it when a step fires, wherever the patient lies then."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from handover.duty import services as duty
from handover.duty.beds import role_of_bed
from handover.messaging import services as messaging
from handover.messaging.models import Recipient
from handover.messaging.selectors.people import Asked
from handover.messaging.selectors.people import choices as recipients
from handover.messaging.services import Between, Said, To
from handover.paging.models import Page
from handover.paging.rules import Policy, Step, Target
from handover.paging.selectors.choices import near_choices
from handover.paging.services.policies import set_policy
from handover.patients.bedside import role_at_bed
from handover.patients.models import CareRelationship
from handover.patients.services import move_patient
from tests.paging.conftest import asked, time_passes
from vault.errors import VaultError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def have(actor):
    """have(person, unit, beds): they say so."""

    def act(person, unit, beds):
        Membership.objects.get_or_create(person=person, unit=unit)
        until = timezone.now() + timedelta(hours=8)
        duty.take_beds(actor(person), key=uuid4(), unit_id=unit.pk, text=beds, until=until)

    return act


@pytest.fixture
def sam(make_person, emergency, signed_in):
    """A second nurse of the emergency department, who pages."""
    person = make_person("sam@readback.example", "Sam Hollybush", "nurse", unit=emergency)
    signed_in(person)
    return person


@pytest.fixture
def lying(make_patient, emergency):
    """A patient in bed 12 of the emergency department."""
    return make_patient(emergency, bed="ED 12")


@pytest.fixture
def twice(actor, admin_person, emergency):
    """The department asks whom it has addressed again, three minutes later, and then its lead."""
    again = Step((Target.ADDRESSED,), timedelta(minutes=3))
    policy = Policy((again, again, Step((Target.BY_PHONE,), timedelta(minutes=3))))
    set_policy(actor(admin_person), key=uuid4(), unit_id=emergency.pk, level="urgent", policy=policy)


@pytest.fixture
def to_the_bed(actor, sam, lying):
    """to_the_bed(): Sam's page to the nurse for the bed where the patient lies."""
    from handover.paging import services
    from handover.paging.services import Wanted
    from tests.paging.conftest import WORDS

    def send(role=None):
        wanted = Wanted(level="urgent", words=WORDS, role_id=(role or role_at_bed(lying.pk)).pk)
        return services.send_page(actor(sam), key=uuid4(), patient_id=lying.pk, wanted=wanted)

    return send


def test_a_bed_where_somebody_lies_can_be_addressed_before_a_nurse_has_taken_it(lying, emergency):
    assert role_at_bed(lying.pk) == role_of_bed(emergency.pk, "12")
    assert role_at_bed(lying.pk).name == "Nurse for bed 12"


def test_a_page_goes_to_whoever_has_the_bed_when_the_step_fires(to_the_bed, twice, have, amara, lee, emergency, actor):
    actor(amara), actor(lee)
    have(amara, emergency, "10-14")
    page = to_the_bed()
    have(lee, emergency, "12")
    time_passes(4)
    assert asked(page) == [["Amara"], ["Lee"]]


def test_a_page_follows_the_patient_to_another_bed_and_another_unit(
    to_the_bed, twice, have, amara, lee, emergency, ward, lying, actor
):
    actor(amara), actor(lee)
    have(amara, emergency, "12")
    have(lee, ward, "3")
    page = to_the_bed()
    with transaction.atomic():
        move_patient(lying, to_unit=ward, bed="7E 3")
    time_passes(4)
    assert asked(page) == [["Amara"], ["Lee"]]


def test_a_page_to_the_nurse_of_the_next_bed_stays_with_that_bed(
    to_the_bed, twice, have, amara, lee, emergency, ward, lying, actor
):
    actor(amara), actor(lee)
    have(amara, emergency, "13")
    have(lee, ward, "3")
    page = to_the_bed(role_of_bed(emergency.pk, "13"))
    with transaction.atomic():
        move_patient(lying, to_unit=ward, bed="3")
    time_passes(4)
    assert asked(page) == [["Amara"], ["Amara"]]
    # Whom it follows is settled when it is sent: nobody turns a page to another bed afterwards, whoever writes.
    with pytest.raises(DatabaseError, match="whom a page follows"), transaction.atomic():
        Page.objects.filter(pk=page.pk).update(follows_patient=True)


def test_where_no_nurse_has_the_bed_the_patients_own_is_asked_and_then_the_lead(
    to_the_bed, make_role, amara, lee, lying, emergency, actor
):
    actor(amara), actor(lee)
    make_role(emergency, "Charge nurse", lee, is_lead=True)
    assert asked(to_the_bed()) == [["Lee"]]
    CareRelationship.objects.create(patient=lying, person=amara, reason="primary_nurse")
    assert asked(to_the_bed()) == [["Amara"]]
    # Of the next bed she is nobody's nurse.
    duty.take_beds(
        actor(amara), key=uuid4(), unit_id=emergency.pk, text="13", until=timezone.now() + timedelta(hours=1)
    )
    duty.leave_beds(actor(amara), key=uuid4(), unit_id=emergency.pk)
    assert asked(to_the_bed(role_of_bed(emergency.pk, "13"))) == [["Lee"]]


def test_the_nurse_for_the_bed_is_offered_to_whoever_pages_and_writes(
    client, sign_in, have, amara, sam, lying, emergency, actor
):
    have(amara, emergency, "12")
    near = near_choices(emergency, at=timezone.now(), patient_id=lying.pk)
    assert [(each.role.bed, each.person) for each in near] == [("12", amara)]
    found = recipients(actor(sam), at=timezone.now(), patient_id=lying.pk).roles
    assert [(each.role.bed, each.holder) for each in found] == [("12", amara)]
    sign_in(client, sam)
    for address in ("patients:page", "paging:new", "messaging:of_patient"):
        assert "Nurse for bed 12" in client.get(reverse(address, args=[lying.pk])).content.decode(), address
    # And from the directory's link, to whoever writes about no patient.
    asked_for = recipients(actor(sam), at=timezone.now(), asked=Asked(role_id=role_at_bed(lying.pk).pk)).roles
    assert [each.role.bed for each in asked_for] == ["12"]


def test_a_message_to_the_nurse_for_the_bed_reaches_whoever_has_it(have, amara, sam, lying, emergency, actor):
    have(amara, emergency, "12")
    thread = messaging.open_thread(actor(sam), key=uuid4(), between=Between(patient_id=lying.pk))
    messaging.send_message(
        actor(sam),
        key=uuid4(),
        thread_id=thread.pk,
        said=Said("Her line is out", level="urgent"),
        to=To(role_id=role_at_bed(lying.pk).pk),
    )
    assert list(Recipient.objects.values_list("person_id", flat=True)) == [amara.pk]


def test_a_page_goes_on_while_the_row_of_its_patient_cannot_be_read(
    to_the_bed, twice, have, amara, lee, emergency, actor, monkeypatch
):
    actor(amara), actor(lee)
    have(amara, emergency, "10-14")
    page = to_the_bed()

    def unreadable(*_):
        raise VaultError("no key")

    monkeypatch.setattr("handover.patients.sealed.headline_of", unreadable)
    time_passes(4)
    assert asked(page) == [["Amara"], ["Amara"]]
