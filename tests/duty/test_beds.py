"""The nurse for a bed: said with one tap on the board, found by the bed, and the lead where nobody has it."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from handover.directory.selectors import found
from handover.duty import services
from handover.duty.beds import beds_of_unit, role_of_bed
from handover.duty.models import PractitionerRole
from handover.duty.rules.beds import MOST_BEDS, BadBeds, bed_words, beds_in, in_order, is_numbered
from handover.duty.selectors import reached_for, reached_for_each
from handover.duty.services.beds import ensure_bed
from handover.patients.bedside import role_at_bed
from ledger.models import Event
from live.models import InboxItem
from live.refusals import Invalid, NotFound
from tests.duty.conftest import holder, in_hours
from tests.duty.test_pages import as_person, post, text

__all__ = ["as_person"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def take(actor, together):
    def act(person, beds, *, hours=8, unit=together):
        services.take_beds(actor(person), key=uuid4(), unit_id=unit.pk, text=beds, until=in_hours(hours))

    return act


@pytest.fixture
def bed(together):
    """bed(name): the role of a bed of the unit."""
    return lambda name: role_of_bed(together.pk, name)


def told(person, event):
    return InboxItem.objects.filter(person_id=person.pk, event=event).count()


@pytest.mark.parametrize(
    ("said", "beds"),
    [
        ("10-14, 16", ["10", "11", "12", "13", "14", "16"]),
        ("ED 9-11", ["9", "10", "11"]),
        ("A1-A3; b 2", ["A1", "A2", "A3", "b 2"]),
        ("12, 12 ,12", ["12"]),
        ("Side room", ["Side room"]),
        ("7 – 8", ["7", "8"]),
        ("a1-b3", ["a1-b3"]),
    ],
)
def test_beds_are_read_as_nurses_say_them(said, beds):
    assert beds_in(said, unit="ED") == beds


@pytest.mark.parametrize(
    ("said", "code"),
    [("", "none"), (" , ;", "none"), ("14-10", "range"), ("1-100", "many"), ("x" * 25, "long"), ("1-60,70-80", "many")],
)
def test_a_slip_of_the_finger_is_no_ward_of_beds(said, code):
    with pytest.raises(BadBeds) as refused:
        beds_in(said, unit="ED")
    assert refused.value.code == code


@given(st.sets(st.integers(1, 999).map(str) | st.from_regex(r"[A-D][1-9][0-9]?", fullmatch=True), max_size=MOST_BEDS))
def test_what_is_written_of_beds_is_read_again_as_the_same_beds(beds):
    if beds:
        assert beds_in(bed_words(beds), unit="") == in_order(beds)


def test_a_nurse_says_which_beds_are_theirs_and_is_found_by_each(take, bed, amara, together):
    take(amara, "10-12")
    assert [holder(bed(each)) for each in ("10", "11", "12")] == [amara.pk] * 3
    event = Event.objects.get(event="beds.taken")
    assert (event.agent_id, event.entity_id) == (amara.pk, together.pk)
    assert set(event.detail["roles"]) == {str(bed(each).pk) for each in ("10", "11", "12")}


def test_whose_bed_it_was_is_told_once_and_has_the_others_still(take, bed, amara, lee):
    take(lee, "10-12")
    take(amara, "11, 12")
    assert [holder(bed(each)) for each in ("10", "11", "12")] == [lee.pk, amara.pk, amara.pk]
    assert (told(lee, "beds.taken"), told(amara, "beds.taken")) == (1, 0)


def test_a_bed_that_nobody_has_is_answered_for_by_whoever_leads_the_unit_then(
    take, bed, make_role, hold, actor, amara, lee
):
    lead = make_role("Charge nurse", is_lead=True)
    hold(lead, lee)
    take(amara, "12")
    assert reached_for(bed("12"), at=timezone.now()).person == amara
    services.leave_beds(actor(amara), key=uuid4(), unit_id=lead.unit_id)
    held = reached_for(bed("12"), at=timezone.now())
    assert (held.person, held.role) == (lee, lead)
    assert reached_for_each([bed("12")], at=timezone.now())[bed("12").pk].person == lee
    assert told(lee, "beds.left") == 1
    # After the hours that were said, too: whoever forgets to leave them is not reached at home.
    take(amara, "12", hours=4)
    assert reached_for(bed("12"), at=in_hours(5)).person == lee


def test_leaving_gives_a_bed_back_to_whose_it_was(take, bed, actor, amara, lee, together):
    take(lee, "12")
    take(amara, "12", hours=4)
    services.leave_beds(actor(amara), key=uuid4(), unit_id=together.pk)
    assert holder(bed("12")) == lee.pk
    with pytest.raises(NotFound):
        services.leave_beds(actor(amara), key=uuid4(), unit_id=together.pk)


def test_nobody_has_beds_who_is_no_nurse_of_the_unit(take, noor, make_person, other_ward, together):
    # Noor belongs to it, and is a physician.
    stranger = make_person("sam@readback.example", "Sam Elsewhere", "nurse", unit=other_ward)
    for person in (noor, stranger):
        with pytest.raises(Invalid):
            take(person, "12")
    assert Event.objects.filter(event="beds.taken").count() == 0


def test_an_end_that_is_over_or_days_away_is_refused(take, amara):
    for hours in (-1, 25):
        with pytest.raises(Invalid):
            take(amara, "12", hours=hours)


# A role's name lies in plain, for whoever reads the database: no words about a patient may come to stand there because
# they were typed as the patient's bed.
@pytest.mark.parametrize(
    "typed", ["", "Marchpane", "by the window", "12 son asleep", "bed of Mr Jory", "3\nHIV", "1" * 13]
)
def test_words_in_place_of_a_patients_bed_stay_sealed(make_patient, together, typed):
    make_patient(together, bed=typed)
    assert list(PractitionerRole.objects.exclude(bed="")) == []


@pytest.mark.parametrize("number", ["12", "A3", "4W-12", "Bay 2-4", "12/3", "7b", "A.12"])
def test_a_patients_bed_that_is_a_number_can_be_addressed(make_patient, together, number):
    assert is_numbered(number)
    make_patient(together, bed=number)
    assert role_of_bed(together.pk, number) is not None


def test_a_place_without_a_number_is_found_by_who_lies_there_once_a_nurse_has_named_it(
    make_patient, take, amara, together
):
    patient = make_patient(together, bed="Side room")
    assert role_at_bed(patient.pk) is None
    take(amara, "Side room")
    there = role_at_bed(patient.pk)
    assert there is not None
    assert holder(there) == amara.pk


def test_one_bed_has_one_role_however_it_is_written(take, bed, together, amara):
    ensure_bed(together.pk, "a3")
    ensure_bed(together.pk, "A3")
    take(amara, "A3")
    assert holder(bed("a3")) == holder(bed("A3")) == amara.pk
    assert PractitionerRole.objects.exclude(bed="").count() == 1
    # The database keeps it so, whoever writes.
    with pytest.raises(IntegrityError, match="duty_one_role_of_a_bed"), transaction.atomic():
        PractitionerRole.objects.create(unit=together, name="Another", bed="a3", profession="nurse")
    with pytest.raises(IntegrityError, match="duty_a_bed_has_a_nurse"), transaction.atomic():
        PractitionerRole.objects.create(unit=together, name="A third", bed="b3", profession="physician")


def test_the_board_shows_who_has_which_beds_and_what_nobody_has(take, together, amara, lee):
    ensure_bed(together.pk, "20")
    take(lee, "9-11, 14")
    take(amara, "12-13")
    beds = beds_of_unit(together.pk, reader=amara, at=timezone.now())
    assert [(one.person, one.words) for one in beds.had] == [(amara, "12, 13"), (lee, "9–11, 14")]
    assert (beds.mine, beds.free, beds.offered) == ("12, 13", "20", "12, 13")


def test_one_tap_on_the_board_takes_them_and_the_next_day_the_same_are_offered(as_person, amara, together):
    page = text(post(as_person(amara), "duty:take_beds", together.pk, beds="10-14", hours="12"))
    assert "The beds are yours" in page
    assert "10–14" in page
    client = as_person(amara)
    assert "Beds 10–14" in text(client.get(reverse("duty:own")))
    assert "You have left your beds" in text(post(client, "duty:leave_beds", together.pk))
    assert 'value="10–14"' in text(client.get(reverse("duty:board", args=[together.pk])))


def test_what_is_typed_wrong_is_said_on_the_board_and_nothing_is_taken(as_person, amara, together):
    client = as_person(amara)
    back = reverse("duty:board", args=[together.pk])
    page = text(post(client, "duty:take_beds", together.pk, beds="14-10", hours="12", next=back))
    assert "The first bed comes before the last" in page
    assert not PractitionerRole.objects.exclude(bed="").exists()
    assert post(client, "duty:take_beds", together.pk, beds="1", hours="99", next=back).status_code == 422


def test_a_bed_is_found_in_the_directory_and_clutters_no_list_of_roles(take, as_person, role, amara, together):
    take(amara, "10-12")
    hits = found("bed 12", at=timezone.now()).roles
    assert [(hit.role.bed, hit.held.person) for hit in hits] == [("12", amara)]
    (person,) = found("Thistledown", at=timezone.now()).people
    assert (person.is_on, list(person.roles), person.beds) == (True, [], "10–12")
    page = text(as_person(amara).get(reverse("directory:find"), {"q": "thistledown"}))
    assert "beds 10–12" in page
    assert "Nurse for bed" not in text(as_person(amara).get(reverse("duty:board", args=[together.pk])))


def test_who_has_left_the_hospital_has_no_bed(take, bed, amara):
    take(amara, "12")
    Person.objects.filter(pk=amara.pk).update(is_active=False)
    assert reached_for(bed("12"), at=timezone.now()) is None
