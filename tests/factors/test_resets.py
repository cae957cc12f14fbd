"""A lost phone: two administrators together take the factors away, and nobody else can."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.factors import resets, selectors
from accounts.factors.models import FactorReset, TotpDevice
from accounts.models import DeviceSession, Person
from ledger.models import Event
from live.models import InboxItem
from tests.factors.phones import app_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def second_admin(make_person):
    return make_person("tove@readback.example", "Tove Alderwick", "administrator")


def ask(client, person):
    return client.post(reverse("factors:ask_reset"), {"email": person.email.upper(), "key": str(uuid4())})


def do(client, reset):
    return client.post(reverse("factors:do_reset", args=[reset.pk]), {"key": str(uuid4())})


def test_two_administrators_reset_a_person_who_then_enrols_anew(
    client, sign_in, amara, enrol_app, admin_person, second_admin
):
    enrol_app(amara)
    session = sign_in(Client(), amara)
    sign_in(client, admin_person)
    assert ask(client, amara).status_code == 303
    reset = FactorReset.objects.get()
    sign_in(client, second_admin)
    assert do(client, reset).status_code == 303
    assert not TotpDevice.objects.exists()
    session.refresh_from_db()
    assert session.end_reason == "factor_changed"
    theirs = Event.objects.filter(entity_id=amara.pk).order_by("id")
    assert list(theirs.values_list("event", "agent_id")) == [
        ("factor.reset_asked", admin_person.pk),
        ("factor.reset", second_admin.pk),
    ]
    told = InboxItem.objects.filter(person_id=amara.pk).order_by("number").values_list("event", flat=True)
    assert list(told) == ["factor.reset_asked", "factor.reset"]
    newcomer = Client()
    sign_in(newcomer, amara, factor="")
    assert newcomer.get(reverse("factors:second"))["Location"].startswith(reverse("factors:enrol"))


def test_whoever_asked_does_not_do_it_and_nobody_does_their_own(client, sign_in, amara, enrol_app, admin_person):
    enrol_app(amara)
    sign_in(client, admin_person)
    ask(client, amara)
    assert do(client, FactorReset.objects.get()).status_code == 403
    assert ask(client, admin_person).status_code == 403
    assert TotpDevice.objects.filter(user=amara).exists()


def test_the_database_wants_two_others_too(amara, admin_person, second_admin):
    for wrong in (
        {"person": amara, "asked_by": amara},
        {"person": amara, "asked_by": admin_person, "done_by": admin_person, "done": timezone.now()},
        {"person": amara, "asked_by": admin_person, "done_by": amara, "done": timezone.now()},
        {"person": amara, "asked_by": admin_person, "done_by": second_admin},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FactorReset.objects.create(**wrong)


@pytest.mark.parametrize("who", ["agent_person", "amara", "officer"])
def test_a_call_agent_and_everybody_else_can_reset_nothing(
    request, client, sign_in, amara, lee, enrol_app, who, admin_person
):
    """Whoever talks a call agent round gets nothing: there is nothing that an agent could do."""
    enrol_app(lee)
    reset = FactorReset.objects.create(person=lee, asked_by=admin_person)
    sign_in(client, request.getfixturevalue(who))
    for answer in (ask(client, lee), do(client, reset), client.get(reverse("factors:resets"))):
        assert answer.status_code == 403
    assert FactorReset.objects.filter(done__isnull=False).count() == 0
    assert TotpDevice.objects.filter(user=lee).exists()


def test_an_administrator_who_has_shown_no_factor_of_late_is_asked_for_one(client, sign_in, amara, admin_person):
    session = sign_in(client, admin_person)
    DeviceSession.objects.filter(pk=session.pk).update(verified=timezone.now() - timedelta(minutes=6))
    assert ask(client, amara)["Location"].startswith(reverse("factors:confirm"))
    assert not FactorReset.objects.exists()


@pytest.mark.parametrize("why", ["old", "its asker has left"])
def test_a_reset_that_nobody_answers_for_any_more_is_not_done(client, sign_in, amara, admin_person, second_admin, why):
    # A row that waits for ever is a key that lies about: months later nobody remembers whether it was right.
    app_of(amara)
    reset = FactorReset.objects.create(person=amara, asked_by=admin_person)
    if why == "old":
        FactorReset.objects.update(asked=timezone.now() - timedelta(hours=73))
    else:
        Person.objects.filter(pk=admin_person.pk).update(is_active=False)
    sign_in(client, second_admin)
    assert client.post(reverse("factors:do_reset", args=[reset.pk]), {"key": str(uuid4())}).status_code == 404
    assert TotpDevice.objects.filter(user=amara).exists()
    client.post("/resets/ask/", {"email": amara.email, "key": str(uuid4())})
    assert FactorReset.objects.get(person=amara).asked_by == second_admin  # and it makes room for the next


def test_a_reset_that_is_not_wanted_is_dropped(client, sign_in, amara, admin_person):
    sign_in(client, admin_person)
    ask(client, amara)
    client.post(reverse("factors:drop_reset", args=[FactorReset.objects.get().pk]), {"key": str(uuid4())})
    assert not FactorReset.objects.exists()
    assert Event.objects.filter(event="factor.reset_dropped").exists()


def test_nobody_of_that_address_is_said_and_what_was_typed_stays(client, sign_in, admin_person):
    sign_in(client, admin_person)
    answer = client.post(reverse("factors:ask_reset"), {"email": "nobody@readback.example", "key": str(uuid4())})
    assert answer.status_code == 404
    assert "nobody@readback.example" in answer.content.decode()


def test_nothing_is_exported_for_a_day_after_a_reset(amara, admin_person, second_admin):
    now = timezone.now()
    assert selectors.may_export(amara, at=now)
    FactorReset.objects.create(person=amara, asked_by=admin_person, done_by=second_admin, done=now)
    assert not selectors.may_export(amara, at=now + timedelta(hours=23))
    assert selectors.may_export(amara, at=now + timedelta(hours=24))


def test_an_operator_resets_the_last_administrator(client, sign_in, enrol_app, admin_person, actor):
    enrol_app(admin_person)
    session = sign_in(client, admin_person)
    call_command("reset_factors", admin_person.email.upper(), stdout=StringIO())
    assert selectors.held_by(admin_person).is_empty
    session.refresh_from_db()
    assert session.end_reason == "factor_changed"
    event = Event.objects.get(event="factor.reset", entity_id=admin_person.pk)
    assert (event.agent_id, event.reason) == (None, "operator")
    assert InboxItem.objects.filter(person_id=admin_person.pk, event="factor.reset").exists()


def test_a_reset_that_waited_does_not_take_away_what_is_enrolled_after_the_operators(amara, actor, admin_person):
    # Otherwise whoever approves an old request later removes the new factors, and the next to enrol is believed.
    resets.ask_reset(actor(admin_person), key=uuid4(), email=amara.email)
    call_command("reset_factors", amara.email, stdout=StringIO())
    assert not FactorReset.objects.exists()


def test_an_operator_cannot_reset_somebody_who_left(amara, enrol_app):
    enrol_app(amara)
    amara.is_active = False
    amara.save(update_fields=["is_active"])
    for email in (amara.email, "nobody@readback.example"):
        with pytest.raises(CommandError):
            call_command("reset_factors", email, stdout=StringIO())
    assert TotpDevice.objects.filter(user=amara).exists()
