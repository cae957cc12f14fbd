"""A professional registration, looked up by an administrator: the badge by a name, and what it does not vouch for."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from accounts.people.models import Registration
from accounts.people.registrations import (
    GOOD_FOR,
    check_registration,
    end_registration,
    registrations_of,
)
from ledger.models import Event
from live.refusals import Denied, Invalid, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def check(actor, admin_person):
    """check(person): the administrator has found them in the register."""

    def act(person, *, by=None, register="NMC", number="12A3456E", key=None):
        told = {"register": register, "number": number}
        return check_registration(actor(by or admin_person), key=key or uuid4(), person_id=person.pk, **told)

    return act


def has_badge(person):
    return person.pk in registrations_of([person.pk])


def test_who_was_found_in_the_register_bears_a_badge_that_says_who_looked_and_when(check, amara, lee, admin_person):
    row = check(amara)
    assert (has_badge(amara), has_badge(lee)) == (True, False)
    assert (row.checked_by, row.register, row.number) == (admin_person, "NMC", "12A3456E")
    event = Event.objects.get(event="registration.checked")
    assert (event.agent_id, event.entity_id) == (admin_person.pk, amara.pk)
    assert "12A3456E" not in str(event.detail)


def test_the_badge_is_seen_in_the_directory_and_on_every_message(client, sign_in, check, actor, amara, lee):
    from handover.messaging import services
    from handover.messaging.services import Between, Said

    check(amara)
    thread = services.open_thread(actor(amara), key=uuid4(), between=Between(person_id=lee.pk))
    services.send_message(actor(amara), key=uuid4(), thread_id=thread.pk, said=Said("Bed 12 is ready", level="fyi"))
    services.send_message(actor(lee), key=uuid4(), thread_id=thread.pk, said=Said("Thank you", level="fyi"))
    sign_in(client, lee)
    words = "found in the register: NMC</span>"
    assert client.get(reverse("messaging:thread", args=[thread.pk])).content.decode().count(words) == 1
    for name, badges in (("thistledown", 1), ("sparrowhawk", 0)):
        assert client.get(reverse("directory:find"), {"q": name}).content.decode().count(words) == badges


@pytest.mark.parametrize("changed", [{"display_name": "Dr Noor Wintergreen"}, {"role": "physician"}])
def test_a_badge_vouches_for_no_other_name_and_no_other_profession(check, amara, changed):
    # The attack: a nurse who was looked up takes a physician's name, by a directory that sets it, and keeps the badge.
    check(amara)
    Person.objects.filter(pk=amara.pk).update(**changed)
    assert not has_badge(amara)


def test_a_badge_is_good_for_a_year_and_while_they_work_here(check, amara):
    check(amara)
    Registration.objects.update(checked=F("checked") - GOOD_FOR - timedelta(minutes=1))
    assert not has_badge(amara)
    check(amara)
    assert has_badge(amara)
    Person.objects.filter(pk=amara.pk).update(is_active=False)
    assert not has_badge(amara)


def test_only_an_administrator_looks_anybody_up_and_nobody_themselves(check, actor, amara, lee, admin_person):
    with pytest.raises(NotFound):
        check(amara, by=lee)
    with pytest.raises(Denied):
        check(admin_person)
    # The database keeps it so, whoever writes.
    row = {"register": "NMC", "number": "1", "name": amara.display_name, "role": "nurse", "checked": timezone.now()}
    with pytest.raises(IntegrityError, match="people_nobody_checks_themselves"), transaction.atomic():
        Registration.objects.create(person=amara, checked_by=amara, **row)
    assert not Registration.objects.exists()


@pytest.mark.parametrize("told", [{"number": ""}, {"number": "9" * 41}, {"register": " "}, {"register": "x" * 61}])
def test_a_registration_without_a_number_or_a_register_is_none(check, amara, told):
    with pytest.raises(Invalid):
        check(amara, **told)


def test_whoever_is_no_clinician_has_none(check, agent_person):
    with pytest.raises(Invalid):
        check(agent_person)


def test_looked_up_again_the_later_one_counts_and_the_same_tap_counts_once(check, amara):
    key = uuid4()
    first = check(amara, key=key)
    assert check(amara, key=key) == first
    second = check(amara, number="98Z7654E")
    assert registrations_of([amara.pk])[amara.pk] == second
    assert Registration.objects.filter(ended__isnull=True).count() == 1


def test_the_badge_is_taken_away_when_the_register_says_otherwise(check, actor, admin_person, amara):
    check(amara)
    for _ in range(2):
        end_registration(actor(admin_person), key=uuid4(), person_id=amara.pk)
    assert not has_badge(amara)
    assert Event.objects.filter(event="registration.ended").count() == 1


def test_the_administrator_does_it_on_the_persons_page(client, sign_in, admin_person, amara):
    sign_in(client, admin_person)
    page = reverse("people:person", args=[amara.pk])
    assert "I have found them there" in client.get(page).content.decode()
    told = {"key": str(uuid4()), "register": "NMC", "number": "12A3456E", "back": page}
    seen = client.post(reverse("people:registration", args=[amara.pk]), told, follow=True).content.decode()
    assert "12A3456E" in seen
    assert "looked up" in seen
    seen = client.post(reverse("people:end_registration", args=[amara.pk]), {"key": str(uuid4())}, follow=True)
    assert "12A3456E" not in seen.content.decode()
