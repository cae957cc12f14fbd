"""A password of one's own: changing it, and a first one that somebody else has given."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import DeviceSession, Membership, Person, PhoneShift
from accounts.own_password import CHANGE_WITHIN, give_first_password, replace_first_password, ticket_for
from accounts.waits.models import Guess
from ledger.models import Event
from live.refusals import Conflict

PASSWORD = "correct horse battery"
NEW = "quilted lantern rivers"


def change(client, *, present=PASSWORD, new=NEW):
    return client.post(reverse("accounts:password"), {"present": present, "new": new})


def sign_in_with(client, email, password):
    return client.post(reverse("accounts:sign_in"), {"email": email, "password": password})


def ticket_in(response):
    return response.context["form"]["ticket"].value()


class TestChange:
    """The person's own change, with the present one."""

    def test_it_counts_from_now_on_and_the_old_one_does_not(self, client, amara, sign_in):
        sign_in(client, amara)
        assert change(client).status_code == 303
        amara.refresh_from_db()
        assert amara.check_password(NEW)
        assert not amara.check_password(PASSWORD)
        assert Event.objects.filter(event="password.changed", agent_id=amara.pk, entity_id=amara.pk).count() == 1

    def test_it_keeps_this_device_with_a_new_key_and_ends_every_other(self, client, amara, sign_in):
        # Whoever knew the old password may be signed in somewhere: nothing that began with it goes on. A copy of this
        # device's cookie opens nothing either.
        here = sign_in(client, amara)
        other = Client()
        there = sign_in(other, amara, device="Lost phone")
        copied = client.session.session_key
        change(client)
        here.refresh_from_db()
        there.refresh_from_db()
        assert (here.ended, there.end_reason) == (None, "password_changed")
        assert client.session.session_key != copied
        assert client.get(reverse("accounts:me")).status_code == 200
        assert other.get(reverse("accounts:me")).status_code == 302

    def test_it_asks_for_the_present_one(self, client, amara, sign_in):
        # A phone that was left lying about must not be enough to lock its owner out.
        sign_in(client, amara)
        response = change(client, present="incorrect horse")
        assert response.status_code == 422
        assert "not your present password" in response.content.decode()
        amara.refresh_from_db()
        assert amara.check_password(PASSWORD)
        refused = Event.objects.get(event="password.changed", outcome="refused")
        assert (refused.reason, refused.agent_id) == ("wrong_password", amara.pk)

    @pytest.mark.parametrize(("factor", "minutes"), [("passkey", 6), ("pin", 0)])
    def test_it_asks_for_a_factor_that_was_just_shown(self, client, amara, sign_in, factor, minutes):
        # Whoever has watched the password being typed, and holds the phone, still lacks that.
        session = sign_in(client, amara)
        shown = timezone.now() - timedelta(minutes=minutes)
        DeviceSession.objects.filter(pk=session.pk).update(factor=factor, verified=shown)
        assert change(client)["Location"].startswith(reverse("factors:confirm"))
        amara.refresh_from_db()
        assert amara.check_password(PASSWORD)

    def test_what_is_typed_is_masked(self, client, amara, sign_in):
        sign_in(client, amara)
        assert client.get(reverse("accounts:password")).content.decode().count('type="password"') == 2
        assert client.get(reverse("accounts:password")).headers["Cache-Control"] == "no-store"

    def test_guessing_at_the_present_one_waits_like_guessing_at_sign_in(self, client, amara, sign_in):
        # A session that is not its holder's would otherwise be a place to guess without end.
        sign_in(client, amara)
        for _ in range(12):
            change(client, present="incorrect horse")
        assert Guess.objects.filter(state="waiting").exists()
        assert Guess.objects.filter(state="wrong").count() < 12

    @pytest.mark.parametrize("weak", ["short", "password1234!", "Thistledown2026", "x" * 129])
    def test_it_refuses_a_weak_one_in_words_at_the_field(self, client, amara, sign_in, weak):
        sign_in(client, amara)
        response = change(client, new=weak)
        assert response.status_code == 422
        assert response.context["form"].errors["new"]
        assert weak not in response.content.decode()
        assert not Guess.objects.exists()

    def test_the_words_of_ones_own_ward_are_refused(self, client, amara, sign_in):
        sign_in(client, amara)
        assert "your hospital" in change(client, new="Wilgefortis 2026!").context["form"].errors["new"][0]

    def test_nothing_hinders_pasting_or_a_password_manager(self, client, amara, sign_in):
        sign_in(client, amara)
        page = client.get(reverse("accounts:password")).content.decode()
        for part in ('autocomplete="current-password"', 'autocomplete="new-password"', 'autocomplete="username"'):
            assert part in page
        assert "onpaste" not in page

    def test_it_is_taken_as_it_was_typed(self, client, amara, sign_in):
        typed = "  Ünïcode und Leerzeichen  "
        sign_in(client, amara)
        change(client, new=typed)
        amara.refresh_from_db()
        assert amara.check_password(typed)
        assert not amara.check_password(typed.strip())

    def test_it_ends_every_pin(self, client, amara, sign_in):
        from accounts.models import SharedPhone

        now = timezone.now()
        phone = SharedPhone.objects.create(token_digest=b"x" * 32, name="Ward phone", marked_by=amara)
        PhoneShift.objects.create(
            person=amara, phone=phone, begun=now, until=now + timedelta(hours=8), stamp=amara.get_session_auth_hash()
        )
        sign_in(client, amara)
        change(client)
        assert PhoneShift.objects.get().end_reason == "password_changed"


class TestFirst:
    """A first password opens nothing but its own change."""

    @pytest.fixture
    def given(self, amara):
        return give_first_password(amara, agent=None)

    def test_it_starts_no_session_but_asks_for_ones_own(self, client, amara, given):
        response = sign_in_with(client, amara.email, given)
        assert response.status_code == 200
        assert "Choose your own password" in response.content.decode()
        assert not DeviceSession.objects.exists()
        assert client.get(reverse("accounts:me")).status_code == 302

    def test_ones_own_is_good_from_then_on(self, client, amara, given):
        ticket = ticket_in(sign_in_with(client, amara.email, given))
        response = client.post(reverse("accounts:first_password"), {"ticket": ticket, "new": NEW})
        assert response["Location"] == "/sign-in/?password=set"
        assert "Your password is set" in client.get(response["Location"]).content.decode()
        assert sign_in_with(client, amara.email, NEW).status_code == 303
        assert DeviceSession.objects.filter(person=amara, ended=None).count() == 1
        assert Event.objects.filter(event="password.changed", agent_id=amara.pk).count() == 1

    def test_the_one_that_was_given_is_no_choice(self, client, amara, given):
        ticket = ticket_in(sign_in_with(client, amara.email, given))
        response = client.post(reverse("accounts:first_password"), {"ticket": ticket, "new": given})
        assert response.status_code == 422
        assert "the password you were given" in response.content.decode()

    def test_a_weak_one_is_refused_and_one_may_try_again(self, client, amara, given):
        ticket = ticket_in(sign_in_with(client, amara.email, given))
        response = client.post(reverse("accounts:first_password"), {"ticket": ticket, "new": "short"})
        assert response.status_code == 422
        assert ticket_in(response) == ticket

    def test_its_ticket_is_of_one_use(self, client, amara, given):
        # Whoever finds it in a cache of the browser changes nothing with it afterwards.
        ticket = ticket_for(amara)
        replace_first_password(ticket, new=NEW)
        with pytest.raises(Conflict):
            replace_first_password(ticket, new="another lantern rivers")
        amara.refresh_from_db()
        assert amara.check_password(NEW)

    def test_its_ticket_of_an_earlier_first_password_is_void(self, amara, given):
        ticket = ticket_for(amara)
        give_first_password(amara, agent=None)
        with pytest.raises(Conflict):
            replace_first_password(ticket, new=NEW)

    @pytest.mark.parametrize("forge", ["", "nonsense", "other"])
    def test_a_ticket_that_was_made_up_changes_nothing(self, client, amara, lee, given, forge):
        ticket = ticket_for(lee) if forge == "other" else forge or "x"
        response = client.post(reverse("accounts:first_password"), {"ticket": ticket, "new": NEW})
        assert response["Location"] == "/sign-in/?password=late"
        lee.refresh_from_db()
        assert lee.check_password(PASSWORD)

    def test_a_ticket_lasts_ten_minutes(self, client, amara, given, time_machine):
        time_machine.move_to(timezone.now(), tick=False)
        ticket = ticket_for(amara)
        time_machine.shift(CHANGE_WITHIN + timedelta(seconds=1))
        response = client.post(reverse("accounts:first_password"), {"ticket": ticket, "new": NEW})
        assert response["Location"] == "/sign-in/?password=late"

    def test_it_ends_after_three_days_in_the_words_of_any_other(self, client, amara, given):
        Person.objects.filter(pk=amara.pk).update(first_password_until=timezone.now())
        response = sign_in_with(client, amara.email, given)
        assert response.status_code == 422
        assert "do not belong together" in response.content.decode()
        assert Event.objects.get(event="session.refused").reason == "first_password_expired"

    def test_giving_one_ends_what_was_there(self, client, amara, sign_in):
        session = sign_in(client, amara)
        give_first_password(amara, agent=None)
        session.refresh_from_db()
        assert session.end_reason == "password_changed"
        assert sign_in_with(Client(), amara.email, PASSWORD).status_code == 422


class TestOperator:
    """Somebody at the machine makes the first administrator: nobody else could."""

    def run(self, *arguments):
        out = StringIO()
        call_command(*arguments, stdout=out)
        return out.getvalue().splitlines()

    def test_it_makes_an_account_with_a_first_password(self, client, emergency):
        said = self.run(
            "create_person", "Chief@Hospital.Example", "Chief Somebody", "administrator", "--unit", emergency.name
        )
        person = Person.objects.get(email="chief@hospital.example")
        assert (person.role, person.display_name) == ("administrator", "Chief Somebody")
        assert Membership.objects.filter(person=person, unit=emergency).exists()
        assert "Choose your own password" in sign_in_with(client, person.email, said[-1]).content.decode()
        events = Event.objects.filter(entity_id=person.pk).values_list("event", "agent_id")
        assert set(events) == {("person.created", None), ("password.given", None)}

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("amara@readback.example", "Amara", "nurse"), "already"),
            (("no address", "Amara", "nurse"), "no e-mail address"),
            (("new@readback.example", "Amara", "nurse", "--unit", "Nowhere"), "Nowhere"),
        ],
    )
    def test_it_says_what_is_wrong_and_makes_nobody(self, amara, arguments, words):
        with pytest.raises(CommandError, match=words):
            self.run("create_person", *arguments)
        assert Person.objects.count() == 1

    def test_it_gives_somebody_who_forgot_theirs_a_new_first_one(self, client, amara):
        said = self.run("give_first_password", amara.email)
        assert "Choose your own password" in sign_in_with(client, amara.email, said[-1]).content.decode()
        with pytest.raises(CommandError, match="Nobody"):
            self.run("give_first_password", "nobody@readback.example")


def test_a_good_password_is_not_ended_by_the_calendar(client, amara):
    # Whoever has to change it each quarter counts up a number behind it. ASVS 5.0 V6.2.10.
    Person.objects.filter(pk=amara.pk).update(created=timezone.now() - timedelta(days=3650))
    answer = client.post("/sign-in/", {"email": amara.email, "password": "correct horse battery"})
    assert answer.status_code == 303
    assert "/second" in answer["Location"] or "factor" in answer["Location"]
