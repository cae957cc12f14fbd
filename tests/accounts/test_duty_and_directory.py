"""Who works where and is on duty now, and what a person changes of it themselves."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.directory import directory, on_duty, persons_of, units_of
from accounts.models import DeviceSession, Duty, Facility, Membership, Unit
from accounts.services import LONGEST_DUTY, choose_unit, end_duty, go_on_duty
from ledger.models import Event
from live.refusals import Conflict, NotFound


@pytest.fixture
def off_duty(make_person, ward):
    return make_person("oona@readback.example", "Oona Tressel", "nurse", unit=ward, on_duty=False)


def shown(facilities):
    return {entry.unit.name: [one.person.display_name for one in entry.staff] for f in facilities for entry in f.units}


class TestSelectors:
    def test_units_are_those_one_belongs_to(self, amara, emergency, ward):
        assert units_of(amara) == [emergency]

    def test_duty_counts_while_it_lasts(self, ward, lee, off_duty):
        now = timezone.now()
        assert on_duty(ward, at=now) == [lee]
        assert on_duty(ward, at=now - timedelta(days=1)) == []
        assert persons_of(ward) == [lee, off_duty]

    def test_somebody_on_two_duties_is_one_person(self, ward, lee):
        Duty.objects.create(person=lee, unit=ward, starts=timezone.now() - timedelta(minutes=5))
        assert on_duty(ward, at=timezone.now()) == [lee]
        assert shown(directory(at=timezone.now()))["7 East"] == ["Lee Sparrowhawk"]

    def test_somebody_who_left_is_not_on_duty(self, ward, lee):
        lee.is_active = False
        lee.save(update_fields=["is_active"])
        assert on_duty(ward, at=timezone.now()) == []

    def test_the_directory_shows_every_unit_and_who_is_there(self, amara, lee, off_duty, other_ward):
        assert shown(directory(at=timezone.now())) == {
            "5 West": [],
            "7 East": ["Lee Sparrowhawk"],
            "Emergency Department": ["Amara Thistledown"],
        }

    def test_ones_own_unit_stands_first(self, amara, lee, other_ward):
        elsewhere = Facility.objects.create(name="Alder Grange")
        Unit.objects.create(facility=elsewhere, name="Alder Ward", short_name="AW")
        near = directory(at=timezone.now(), near=lee.memberships.get().unit)
        assert list(shown(near)) == ["7 East", "5 West", "Emergency Department", "Alder Ward"]

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("7 ea", {"7 East": ["Lee Sparrowhawk"]}),
            ("SPARROW", {"7 East": ["Lee Sparrowhawk"]}),
            ("oona", {"7 East": ["Oona Tressel"]}),  # found though off duty: somebody looks for a person, not a shift
            ("physician", {"5 West": ["Noor Wintergreen"]}),
            ("nurse wilgefortis emergency", {"Emergency Department": ["Amara Thistledown"]}),
            ("thisteldown", {"Emergency Department": ["Amara Thistledown"]}),  # misspelt: the most alike
            ("zwx qqj", {}),
        ],
    )
    def test_it_is_searched_by_unit_person_and_role(self, amara, lee, noor, off_duty, words, found):
        assert shown(directory(at=timezone.now(), words=words)) == found

    def test_it_costs_three_queries_at_most(self, amara, lee, noor, off_duty, django_assert_max_num_queries):
        with django_assert_max_num_queries(3):
            directory(at=timezone.now(), words="nurse")


class TestActs:
    def test_going_on_duty_starts_one_that_ends_by_itself(self, off_duty, ward, actor):
        duty = go_on_duty(actor(off_duty), key=uuid4(), unit_id=ward.pk)
        assert duty.ends - duty.starts == LONGEST_DUTY
        assert off_duty in on_duty(ward, at=timezone.now())
        assert Event.objects.filter(event="duty.started", agent_id=off_duty.pk, entity_id=ward.pk).count() == 1

    def test_the_same_tap_twice_starts_one_duty(self, off_duty, ward, actor):
        key = uuid4()
        first = go_on_duty(actor(off_duty), key=key, unit_id=ward.pk)
        assert go_on_duty(actor(off_duty), key=key, unit_id=ward.pk) == first
        assert go_on_duty(actor(off_duty), key=uuid4(), unit_id=ward.pk) == first
        assert Duty.objects.filter(person=off_duty).count() == 1

    def test_a_key_of_another_act_is_refused(self, off_duty, ward, actor):
        key = uuid4()
        go_on_duty(actor(off_duty), key=key, unit_id=ward.pk)
        with pytest.raises(Conflict):
            choose_unit(actor(off_duty), key=key, unit_id=ward.pk)

    def test_nobody_goes_on_duty_in_anothers_unit(self, lee, emergency, actor):
        with pytest.raises(NotFound):
            go_on_duty(actor(lee), key=uuid4(), unit_id=emergency.pk)

    def test_going_off_duty_ends_it_now(self, lee, ward, actor):
        end_duty(actor(lee), key=uuid4(), unit_id=ward.pk)
        assert on_duty(ward, at=timezone.now()) == []
        assert Event.objects.filter(event="duty.ended", agent_id=lee.pk).count() == 1

    def test_going_off_a_duty_one_does_not_have_is_refused(self, off_duty, ward, actor):
        with pytest.raises(NotFound):
            end_duty(actor(off_duty), key=uuid4(), unit_id=ward.pk)

    def test_a_session_works_in_a_unit_of_the_persons_own(self, lee, ward, other_ward, emergency, actor):
        Membership.objects.create(person=lee, unit=other_ward)
        who = actor(lee)
        choose_unit(who, key=uuid4(), unit_id=other_ward.pk)
        assert DeviceSession.objects.get(pk=who.session_id).unit_id == other_ward.pk
        with pytest.raises(NotFound):
            choose_unit(who, key=uuid4(), unit_id=emergency.pk)


class TestPages:
    def test_the_directory_calls_with_one_tap(self, client, amara, lee, sign_in):
        sign_in(client, amara)
        page = client.get(reverse("accounts:directory")).content.decode()
        assert 'href="tel:02079460122"' in page
        assert "Lee Sparrowhawk" in page

    def test_it_says_when_nobody_is_on_duty_and_when_nothing_is_found(self, client, amara, other_ward, sign_in):
        sign_in(client, amara)
        assert "Nobody on duty" in client.get(reverse("accounts:directory")).content.decode()
        empty = client.get(reverse("accounts:directory"), {"q": "zzz"}).content.decode()
        assert "Nobody and no unit by these words" in empty

    def test_what_was_searched_is_escaped(self, client, amara, sign_in):
        sign_in(client, amara)
        page = client.get(reverse("accounts:directory"), {"q": '"><script>'}).content.decode()
        assert "<script>" not in page.replace('<script src="', "")

    def test_a_script_is_answered_in_json_and_a_form_is_redirected(self, client, lee, ward, sign_in):
        sign_in(client, lee)
        act = {"key": str(uuid4()), "unit": str(ward.pk)}
        assert client.post("/me/unit/", act)["Location"] == "/me/"
        answer = client.post("/me/unit/", act, headers={"Accept": "application/json"})
        assert answer.json() == {"ok": True, "location": "/me/"}

    @pytest.mark.parametrize("key", ["", "x", "1"])
    def test_a_form_without_its_key_is_refused(self, client, lee, ward, sign_in, key):
        sign_in(client, lee)
        assert client.post("/me/unit/", {"key": key, "unit": str(ward.pk)}).status_code == 422

    def test_a_unit_that_is_none_is_refused_at_the_field(self, client, lee, sign_in):
        sign_in(client, lee)
        answer = client.post("/me/unit/", {"key": uuid4(), "unit": "x"}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["fields"]) == (422, {"unit": "Choose a unit."})
