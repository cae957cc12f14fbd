"""Whoever answers for a unit plans it: its roles, the rotations that fill them, who is set for a while."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.duty import selectors, services
from handover.duty.models import PractitionerRole, Rotation
from handover.duty.services import NewRole, Planned
from ledger.models import Event
from live.models import InboxItem
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.duty.conftest import LONDON, holder, in_hours

pytestmark = pytest.mark.django_db


def planned(*people, **more):
    facts = {"zone": "Europe/London", "first_day": date(2026, 3, 2), "begins": time(7), "ends": time(7)}
    return Planned(people=[person.pk for person in people], **(facts | more))


def test_a_role_is_made_by_an_administrator_and_is_on_record(role, together, admin_person):
    assert selectors.roles_of_unit(together.pk) == [role]
    assert Event.objects.get(event="role.made", agent_id=admin_person.pk).entity_id == role.pk


def test_a_nurse_makes_none_unless_she_is_the_units_lead(actor, make_role, hold, together, amara):
    def make():
        return services.make_role(actor(amara), key=uuid4(), unit_id=together.pk, new=NewRole("Porter's nurse"))

    with pytest.raises(Denied, match="lead of the unit"):
        make()
    hold(make_role("Charge nurse", is_lead=True), amara)
    assert make().unit_id == together.pk


def test_the_lead_of_one_unit_plans_no_other(actor, make_role, hold, amara, other_ward):
    hold(make_role("Charge nurse", is_lead=True), amara)
    with pytest.raises(Denied):
        services.make_role(actor(amara), key=uuid4(), unit_id=other_ward.pk, new=NewRole("Night nurse"))


def test_a_unit_that_is_not_there_has_no_roles(actor, admin_person):
    with pytest.raises(NotFound):
        services.make_role(actor(admin_person), key=uuid4(), unit_id=uuid4(), new=NewRole("Night nurse"))


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewRole("  "), "name"),
        (NewRole("n" * 121), "name"),
        (NewRole("charge  NURSE"), "name"),
        (NewRole("\u202echarge\u200b nurse\x07"), "name"),
        (NewRole("\u200b\u202e"), "name"),
        (NewRole("Another", profession="porter"), "profession"),
        (NewRole("Another", is_lead=True), "is_lead"),
        (NewRole("Another", covered_by=uuid4()), "covered_by"),
    ],
)
def test_a_role_that_does_not_fit_is_refused_in_words(actor, make_role, admin_person, together, new, field):
    make_role("Charge nurse", is_lead=True)
    with pytest.raises(Invalid) as refused:
        services.make_role(actor(admin_person), key=uuid4(), unit_id=together.pk, new=new)
    assert set(refused.value.fields) == {field}
    assert PractitionerRole.objects.count() == 1


def test_a_role_that_has_ended_is_not_found_and_its_name_is_free_again(actor, make_role, admin_person, amara):
    role = make_role()
    services.end_role(actor(admin_person), key=uuid4(), role_id=role.pk)
    with pytest.raises(NotFound):
        services.take_role(actor(amara), key=uuid4(), role_id=role.pk, until=in_hours(2))
    assert make_role().pk != role.pk


def test_a_role_that_covers_another_is_not_ended_under_it(actor, make_role, admin_person):
    charge = make_role()
    make_role("Bed manager", covered_by=charge.pk)
    with pytest.raises(Conflict, match="Bed manager is covered by this one"):
        services.end_role(actor(admin_person), key=uuid4(), role_id=charge.pk)


def test_a_rotation_gives_its_people_their_turns_and_tells_them(role, rotate, amara, lee, noor):
    rotate(role, amara, lee, noor)
    midnight = timezone.now().astimezone(LONDON).replace(hour=12)
    days = [holder(role, at=midnight + timedelta(days=number)) for number in range(1, 5)]
    assert days == [lee.pk, noor.pk, amara.pk, lee.pk]
    for person in (amara, lee, noor):
        assert InboxItem.objects.filter(person_id=person.pk, event="rotation.made").count() == 1


def test_a_rotation_gives_no_turn_of_the_time_before_it_was_made(role, rotate, amara):
    row = rotate(role, amara)
    assert holder(role, at=row.made) == amara.pk
    assert holder(role, at=row.made - timedelta(minutes=1)) is None


def test_a_rotation_that_was_ended_gives_none_from_then_on_and_those_before_stay(
    actor, admin_person, role, rotate, amara
):
    row = rotate(role, amara)
    services.end_rotation(actor(admin_person), key=uuid4(), rotation_id=row.pk)
    ended = Rotation.objects.get(pk=row.pk).ended
    assert holder(role) is None
    assert holder(role, at=ended - timedelta(microseconds=1)) == amara.pk
    with pytest.raises(NotFound):
        services.end_rotation(actor(admin_person), key=uuid4(), rotation_id=row.pk)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"zone": "Europe/Atlantis"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"turn_days": 0}, "turn_days"),
        ({"weekdays": frozenset()}, "weekdays"),
        ({"last_day": date(2026, 3, 1)}, "last_day"),
    ],
)
def test_a_rotation_that_nobody_could_hold_is_refused_at_the_field_that_is_wrong(
    actor, admin_person, role, amara, wrong, field
):
    with pytest.raises(Invalid) as refused:
        services.add_rotation(actor(admin_person), key=uuid4(), role_id=role.pk, planned=planned(amara, **wrong))
    assert set(refused.value.fields) == {field}
    assert not Rotation.objects.exists()


def test_a_rotation_of_nobody_or_of_somebody_elsewhere_is_refused(actor, admin_person, role, make_person, other_ward):
    stranger = make_person("sol@readback.example", "Sol Fenwick", "nurse", unit=other_ward)
    for people in ((), (stranger,)):
        with pytest.raises(Invalid):
            services.add_rotation(actor(admin_person), key=uuid4(), role_id=role.pk, planned=planned(*people))
    assert not Rotation.objects.exists()


def test_who_is_set_holds_it_instead_and_both_are_told(role, rotate, hold, amara, lee):
    rotate(role, amara)
    hold(role, lee, hours=3)
    assert holder(role) == lee.pk
    assert holder(role, at=in_hours(4)) == amara.pk
    for person in (amara, lee):
        assert InboxItem.objects.filter(person_id=person.pk, event="role.set").count() == 1


def test_what_has_passed_is_not_set(role, hold, amara):
    change = hold(role, amara, starts=timezone.now() - timedelta(hours=3), hours=6)
    assert change.starts == change.made
    with pytest.raises(Invalid):
        hold(role, amara, starts=timezone.now() - timedelta(hours=3), hours=2)


def test_nobody_is_set_for_ever(role, hold, amara):
    with pytest.raises(Invalid):
        hold(role, amara, hours=93 * 24)


def test_where_nobody_holds_a_role_the_one_that_covers_it_is_reached(make_role, hold, amara, lee):
    charge = make_role()
    bed = make_role("Bed manager", covered_by=charge.pk)
    assert selectors.reached_for(bed, at=timezone.now()) is None
    hold(charge, amara)
    held = selectors.reached_for(bed, at=timezone.now())
    assert (held.person, held.role) == (amara, charge)
    hold(bed, lee)
    assert selectors.reached_for(bed, at=timezone.now()).person == lee


def test_roles_that_cover_one_another_in_a_circle_reach_nobody_and_end(make_role):
    charge = make_role()
    bed = make_role("Bed manager", covered_by=charge.pk)
    PractitionerRole.objects.filter(pk=charge.pk).update(covered_by=bed)
    assert selectors.reached_for(PractitionerRole.objects.get(pk=charge.pk), at=timezone.now()) is None
