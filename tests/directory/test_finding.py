"""One box finds roles, people, units and what they take, also misspelt, and says whom one reaches now."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from accounts.models import Unit
from handover.directory import selectors
from handover.directory.models import Capability

pytestmark = pytest.mark.django_db


def found(words, *, at=None):
    return selectors.found(words, at=at or timezone.now())


def names(hits):
    return [hit.role.name for hit in hits]


@pytest.mark.parametrize("words", ["charge nurse", "CHARGE nurse emergency", "charg nurse", "chrage nurse", "nurse ED"])
def test_a_role_is_found_also_misspelt_and_says_who_holds_it_and_until_when(role, hold, amara, words):
    change = hold(role, amara)
    (hit,) = found(words).roles
    assert (hit.role, hit.held.person, hit.until) == (role, amara, change.ends)


def test_what_holds_all_the_words_stands_without_what_is_only_alike(make_role):
    make_role("Stroke on call")
    make_role("Strike team")
    assert names(found("stroke").roles) == ["Stroke on call"]


def test_a_role_that_nobody_holds_says_who_is_reached_instead_or_that_nobody_is(make_role, hold, lee):
    senior = make_role("Senior on call")
    make_role("Stroke on call", covered_by=senior.pk)
    (hit,) = found("stroke").roles
    assert hit.held is None
    hold(senior, lee)
    (hit,) = found("stroke").roles
    assert (hit.held.person, hit.is_covered) == (lee, True)


def test_a_circle_of_roles_that_cover_one_another_ends(make_role):
    first = make_role("First on call")
    second = make_role("Second on call", covered_by=first.pk)
    first.covered_by = second
    first.save()
    assert [hit.held for hit in found("on call").roles] == [None, None]


def test_the_end_of_a_turn_is_that_of_the_last_that_follows_without_a_gap(role, rotate, amara, lee):
    rotate(role, amara)
    (hit,) = found("charge").roles
    # A week of nothing but Amara's turns has no end that one is told.
    assert (hit.held.person, hit.until) == (amara, None)


def test_the_question_who_takes_stroke_now_is_answered_with_whom_to_ask(takes, role, hold, amara, together):
    takes("Stroke", role_id=role.pk)
    hold(role, amara)
    (hit,) = found("Who takes stroke now?").capabilities
    assert (hit.row.unit, hit.standing.status, hit.asked.held.person) == (together, "open", amara)
    (hit,) = found("stoke").capabilities
    assert hit.row.name == "Stroke"


def test_what_is_taken_now_stands_before_what_is_not(takes, ward, admin_person):
    now = timezone.now()
    row = takes("Stroke")
    row.status = "closed"
    row.save()
    Capability.objects.create(unit=ward, name="Stroke, late", confirmed=now, confirmed_by=admin_person)
    assert [hit.standing.status for hit in found("stroke").capabilities] == ["open", "closed"]


def test_what_a_unit_takes_no_longer_is_not_found(takes):
    row = takes("Stroke")
    row.ended = timezone.now()
    row.save()
    assert not found("stroke").capabilities


@pytest.mark.parametrize("words", ["amara thistledown", "Amara", "thisteldown", "amara emergency", "nurse emergency"])
def test_a_person_is_found_by_name_profession_or_unit_also_misspelt(amara, noor, words):
    assert [hit.person for hit in found(words).people] == [amara]


def test_whoever_is_on_duty_stands_before_whoever_is_not(make_person, emergency):
    # The name that comes first is off duty, and is offered second.
    off = make_person("a@readback.example", "Aster Quillfeather", "nurse", unit=emergency, on_duty=False)
    on = make_person("z@readback.example", "Zinnia Quillfeather", "nurse", unit=emergency)
    hits = found("quillfeather").people
    assert [(hit.person, hit.is_on) for hit in hits] == [(on, True), (off, False)]


def test_whoever_holds_a_role_is_on_and_says_which(role, hold, make_person, together):
    holder = make_person("q@readback.example", "Aster Quillfeather", "nurse", unit=together, on_duty=False)
    hold(role, holder)
    (hit,) = found("quillfeather").people
    assert (hit.is_on, list(hit.roles)) == (True, [role])


def test_whoever_works_here_no_longer_is_not_found(amara):
    amara.is_active = False
    amara.save()
    assert not found("amara").people
    assert not found("thisteldown").people


def test_a_unit_is_found_by_its_short_name_and_by_its_house(emergency, facility):
    assert found("ED").units == [emergency]
    assert found("wilgefortis").units == [emergency]
    assert found("emergancy department").units == [emergency]


@pytest.mark.parametrize("words", ["%%", "_", "\\", "%_%"])
def test_marks_that_the_database_reads_find_nothing_by_themselves(emergency, words):
    # The attack: a percent sign that lists everybody.
    assert not found(words)


def test_what_is_only_alike_is_not_shown_beside_what_was_meant(make_role, emergency):
    Unit.objects.create(facility=emergency.facility, name="Strokes Hall", short_name="SH")
    make_role("Stroke on call")
    make_role("Stoke Mandeville line")
    hits = found("stroke on call")
    assert names(hits.roles) == ["Stroke on call"]
    assert hits.units == []


def test_nothing_is_found_for_no_words(amara):
    assert not found("")
    assert not found(" ?! ")


def test_outside_its_hours_a_unit_says_from_when_it_takes_again(takes):
    takes("Children", hours_from=time(8), hours_until=time(18))
    night = timezone.localtime().replace(hour=22, minute=0) + timedelta(days=1)
    (hit,) = found("children", at=night).capabilities
    assert hit.standing.status == "shut"
    assert timezone.localtime(hit.standing.opens).hour == 8
