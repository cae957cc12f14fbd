"""The pages: what one holds and is asked, who answers in a unit now and this week, and how it is planned."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from handover.duty.models import CoverRequest, PractitionerRole, Rotation
from handover.duty.services.coverage import found_now
from ledger.models import Event
from tests.duty.conftest import holder, in_hours

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_person(client, sign_in):
    def sign(person):
        client.logout()
        sign_in(client, person)
        return client

    return sign


def post(client, address, /, *args, **told):
    return client.post(reverse(address, args=args), {"key": str(uuid4()), **told}, follow=True)


def text(response):
    return response.content.decode()


def test_my_duty_tells_what_i_hold_and_finds_cover_with_one_tap(as_person, role, hold, amara, lee):
    hold(role, amara, starts=in_hours(24))
    page = text(as_person(amara).get(reverse("duty:own")))
    assert "Charge nurse" in page
    assert "Find cover" in page
    change = role.changes.get()
    told = {"starts": change.starts.isoformat(), "ends": change.ends.isoformat()}
    page = text(post(as_person(amara), "duty:ask", role.pk, **told))
    assert "Asked. It stays yours until somebody takes it" in page
    assert "2 colleagues asked, 0 cannot" in page
    page = text(as_person(lee).get(reverse("duty:own")))
    assert "instead of Amara Thistledown" in page


def test_whoever_is_asked_takes_it_with_one_tap_and_can_take_it_back(as_person, role, hold, amara, lee):
    change = hold(role, amara, starts=in_hours(24))
    told = {"starts": change.starts.isoformat(), "ends": change.ends.isoformat()}
    post(as_person(amara), "duty:ask", role.pk, **told)
    request = CoverRequest.objects.get()
    page = text(post(as_person(lee), "duty:accept", request.pk))
    assert "It is yours" in page
    assert holder(role, at=change.starts) == lee.pk
    assert "Take it back" in page
    post(as_person(lee), "duty:undo", request.pk)
    assert holder(role, at=change.starts) == amara.pk


def test_who_comes_second_is_told_who_was_first_and_the_refusal_is_on_record(as_person, role, hold, amara, lee, noor):
    change = hold(role, amara, starts=in_hours(24))
    told = {"starts": change.starts.isoformat(), "ends": change.ends.isoformat()}
    post(as_person(amara), "duty:ask", role.pk, **told)
    request = CoverRequest.objects.get()
    post(as_person(lee), "duty:accept", request.pk)
    assert "Lee Sparrowhawk has taken it already" in text(post(as_person(noor), "duty:accept", request.pk))
    assert Event.objects.filter(agent_id=noor.pk, outcome="refused", reason="not_open").count() == 1


@pytest.mark.parametrize("told", [{}, {"starts": "soon", "ends": "later"}, {"starts": "2026-03-04T10:00", "ends": ""}])
def test_a_turn_that_is_none_is_refused_in_words(as_person, role, amara, told):
    response = post(as_person(amara), "duty:ask", role.pk, **told)
    assert response.status_code == 422
    assert "Choose a turn from the list" in text(response)


def test_a_role_is_taken_and_left_on_the_board(as_person, role, together, amara):
    board = reverse("duty:board", args=[together.pk])
    assert "Take it" in text(as_person(amara).get(board))
    page = text(post(as_person(amara), "duty:take", role.pk, hours="8", next=board))
    assert "The role is yours" in page
    assert "Leave it" in page
    assert holder(role) == amara.pk
    post(as_person(amara), "duty:leave", role.pk, next=board)
    assert holder(role) is None


@pytest.mark.parametrize("hours", ["", "0", "7", "9999", "x"])
def test_it_is_taken_for_hours_that_are_offered(as_person, role, amara, hours):
    assert post(as_person(amara), "duty:take", role.pk, hours=hours).status_code == 422
    assert holder(role) is None


def test_a_critical_role_that_is_not_left_says_why_on_the_same_page(as_person, make_role, hold, together, amara):
    critical = make_role("Cardiac arrest team", is_safety_critical=True)
    hold(critical, amara)
    board = reverse("duty:board", args=[together.pk])
    page = text(post(as_person(amara), "duty:leave", critical.pk, next=board))
    assert "Nobody would hold Cardiac arrest team" in page
    assert holder(critical) == amara.pk


def test_the_board_tells_a_call_agent_who_answers_and_offers_nothing_else(
    as_person, role, hold, together, amara, agent_person
):
    hold(role, amara)
    page = text(as_person(agent_person).get(reverse("duty:board", args=[together.pk])))
    assert "Amara Thistledown" in page
    assert "Take it" not in page
    assert "Plan" not in page


def test_the_board_tells_who_is_reached_where_nobody_holds_a_role(as_person, make_role, hold, together, amara):
    charge = make_role()
    make_role("Bed manager", covered_by=charge.pk)
    hold(charge, amara)
    page = text(as_person(amara).get(reverse("duty:board", args=[together.pk])))
    assert "Nobody holds it; Charge nurse is reached" in page


@pytest.mark.parametrize("day", ["", "2026-13-40", "yesterday", "0001-01-01", "9999-12-31", "2026-03-04"])
def test_any_week_that_is_asked_for_is_drawn(as_person, role, rotate, together, amara, day):
    rotate(role, amara)
    response = as_person(amara).get(reverse("duty:board", args=[together.pk]), {"day": day})
    assert response.status_code == 200


def test_a_unit_that_is_not_there_has_no_board(as_person, amara):
    assert as_person(amara).get(reverse("duty:board", args=[uuid4()])).status_code == 404


def test_the_lead_asks_for_a_gap_with_one_tap(as_person, make_role, hold, together, amara, lee):
    hold(make_role("Lead nurse", is_lead=True), amara, hours=1)
    critical = make_role("Cardiac arrest team", is_safety_critical=True)
    hold(critical, lee, hours=24 * 13)
    found_now(together.pk, at=timezone.now())
    gap = critical.gaps.get()
    page = text(post(as_person(amara), "duty:ask_for_gap", together.pk, gap=str(gap.pk)))
    assert "You are told when somebody takes it" in page
    assert CoverRequest.objects.get().starts == gap.starts
    assert post(as_person(lee), "duty:ask_for_gap", together.pk, gap=str(gap.pk)).status_code == 403
    assert post(as_person(amara), "duty:ask_for_gap", together.pk, gap="gone").status_code == 404


def test_an_administrator_makes_a_role_and_its_rotation(as_person, together, admin_person, amara, lee):
    client = as_person(admin_person)
    page = post(client, "duty:plan", together.pk, name="Charge nurse", profession="nurse", is_safety_critical="on")
    assert "Give it a rotation" in text(page)
    role = PractitionerRole.objects.get()
    assert (role.is_safety_critical, role.is_outreach) == (True, False)
    told = {
        "begins": "19:00", "ends": "07:00", "first_day": "2026-03-02", "turn_days": "2", "weekdays": list("0123456"),
        "person_1": str(amara.pk), "person_2": str(lee.pk),
    }  # fmt: skip
    assert "The rotation runs" in text(post(client, "duty:role", role.pk, **told))
    row = Rotation.objects.get()
    assert [place.person for place in row.places.order_by("position")] == [amara, lee]
    assert "The rotation has ended" in text(post(client, "duty:end_rotation", row.pk))
    assert "The role has ended" in text(post(client, "duty:end_role", role.pk))


def test_an_administrator_makes_a_team_that_comes_to_every_unit(as_person, together, admin_person):
    page = post(
        as_person(admin_person), "duty:plan", together.pk, name="Outreach", profession="either", is_outreach="on"
    )
    assert PractitionerRole.objects.get().is_outreach
    assert "Give it a rotation" in text(page)
    assert "comes to every unit" in text(as_person(admin_person).get(reverse("duty:plan", args=[together.pk])))


def test_a_form_that_is_wrong_comes_back_as_it_was_typed_with_words(as_person, role, admin_person, together):
    client = as_person(admin_person)
    for address, of, told, words in (
        ("duty:plan", together.pk, {"name": "Charge nurse", "profession": "either"}, "the unit has a role of this one"),
        ("duty:plan", together.pk, {"name": "<b>Night</b>", "profession": "porter"}, "Select a valid choice"),
        ("duty:role", role.pk, {"begins": "25:00", "turn_days": "7000"}, "Enter a valid time"),
        ("duty:set", role.pk, {"person": str(uuid4()), "starts": "x"}, "Select a valid choice"),
    ):
        response = post(client, address, of, **told)
        assert response.status_code == 422, (address, told)
        assert words in text(response), (address, told)
        assert "<b>Night</b>" not in text(response)
    assert 'value="7000"' in text(post(client, "duty:role", role.pk, begins="25:00", turn_days="7000"))


def test_somebody_is_set_for_a_while_by_the_clock_of_the_ward(as_person, role, admin_person, lee):
    tomorrow = timezone.localtime() + timedelta(days=1)
    told = {"person": str(lee.pk), "starts": f"{tomorrow:%Y-%m-%dT}08:00", "ends": f"{tomorrow:%Y-%m-%dT}12:00"}
    assert "Set. They are told" in text(post(as_person(admin_person), "duty:set", role.pk, **told))
    assert holder(role, at=tomorrow.replace(hour=9, minute=0)) == lee.pk
    assert holder(role, at=tomorrow.replace(hour=13, minute=0)) is None


@pytest.fixture
def two_turns(make_role, hold, amara, lee):
    """Amara holds the role the day after tomorrow, Lee three days later."""
    role = make_role()
    return role, hold(role, amara, starts=in_hours(48)), hold(role, lee, starts=in_hours(120))


def test_a_turn_is_swapped_for_one_of_a_colleague_in_two_taps_and_theirs(as_person, two_turns, amara, lee):
    role, mine, theirs = two_turns
    page = text(as_person(amara).get(reverse("duty:swap", args=[role.pk])))
    assert "Lee Sparrowhawk" in page
    offer = f"{lee.pk}/{role.pk}/{theirs.starts.isoformat()}"
    assert f'value="{offer}"' in page
    assert "Nothing changes before they say yes" in text(post(as_person(amara), "duty:swap", role.pk, offer=offer))
    assert holder(role, at=mine.starts) == amara.pk
    request = CoverRequest.objects.get()
    assert "In return they take yours" in text(as_person(lee).get(reverse("duty:own")))
    post(as_person(lee), "duty:accept", request.pk)
    assert (holder(role, at=mine.starts), holder(role, at=theirs.starts)) == (lee.pk, amara.pk)


def test_a_turn_by_which_somebody_would_not_rest_is_not_offered(as_person, two_turns, make_role, hold, amara, lee):
    role, mine, _theirs = two_turns
    # Lee works again nine hours after what Amara would give her.
    hold(make_role("Night nurse"), lee, starts=mine.ends + timedelta(hours=9), hours=8)
    page = text(as_person(amara).get(reverse("duty:swap", args=[role.pk])))
    assert "Charge nurse · " not in page
    assert "Night nurse · " in page


def test_a_turn_that_runs_is_swapped_for_what_is_left_of_it(as_person, make_role, hold, amara, lee):
    role = make_role()
    hold(role, amara, hours=6)
    hold(role, lee, starts=in_hours(72))
    assert "Lee Sparrowhawk" in text(as_person(amara).get(reverse("duty:swap", args=[role.pk])))


def test_what_is_not_offered_is_not_asked_for(as_person, two_turns, amara, lee):
    role, _mine, _theirs = two_turns
    for offer in ("", "x", f"{lee.pk}/{role.pk}/{in_hours(90).isoformat()}"):
        response = post(as_person(amara), "duty:swap", role.pk, offer=offer)
        assert response.status_code == 409
        assert "Choose another" in text(response)
    assert not CoverRequest.objects.exists()


@pytest.mark.parametrize("number", ["1", "-1", "x", "99999999"])
def test_a_turn_that_one_does_not_hold_is_not_there_to_swap(as_person, two_turns, amara, number):
    response = as_person(amara).get(reverse("duty:swap", args=[two_turns[0].pk]), {"number": number})
    assert response.status_code == 404


def test_a_turn_is_told_to_its_end_also_where_it_ends_after_the_fortnight(as_person, role, hold, amara):
    starts = timezone.localtime(in_hours(24 * 13))
    change = hold(role, amara, starts=starts, hours=72)
    page = text(as_person(amara).get(reverse("duty:own")))
    assert f'name="ends" value="{change.ends.isoformat()}"' in page
    assert hold(role, amara, starts=in_hours(24 * 15), hours=2).starts.isoformat() not in page


def test_a_rotation_holds_as_many_people_as_are_asked_for(as_person, role, together, make_person, admin_person):
    people = [
        make_person(f"n{number}@readback.example", f"Nurse {number:02}", "nurse", unit=together) for number in range(14)
    ]
    told = {f"person_{number}": str(people[number - 1].pk) for number in range(1, 7)}
    told |= {"begins": "07:00", "ends": "19:00", "first_day": "2030-01-01", "turn_days": "7", "weekdays": ["0", "3"]}
    office = as_person(admin_person)
    page = text(post(office, "duty:role", role.pk, **told, more="1"))
    assert "person_12" in page
    assert "person_13" not in page
    assert "This field is required" not in page
    assert f'<option value="{people[5].pk}" selected>' in page
    assert not Rotation.objects.exists()
    told |= {f"person_{number}": str(people[number - 1].pk) for number in range(7, 15)}
    post(office, "duty:role", role.pk, **told)
    assert [place.person for place in Rotation.objects.get().places.order_by("position")] == people


@pytest.mark.parametrize("name", ["person_9999", "person_-1", "person_x", "person_61"])
def test_a_form_with_places_made_up_is_no_larger_than_a_rotation(as_person, role, admin_person, name):
    page = text(post(as_person(admin_person), "duty:role", role.pk, **{name: "x"}, more="1"))
    assert "person_61" not in page
