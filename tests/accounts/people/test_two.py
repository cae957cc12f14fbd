"""What two administrators decide: a role, whom to ask in with power over others, the turning of the keys.

Why it matters: one administrator alone, or one account that was taken over, could make themselves a second person with
any role, and read whatever that role reads. So no power over others comes from one person's act.
"""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import DeviceSession, Person
from accounts.people import approvals, services
from accounts.people.models import Approval, Invitation
from accounts.sessions import end_session
from ledger.models import Event
from live.refusals import Conflict, Denied, Invalid, NotFound
from tests.factors.phones import app_of


@pytest.fixture
def pia(make_person):
    return make_person("pia@readback.example", "Pia Larkspur", "administrator")


@pytest.fixture
def office(client, sign_in, admin_person):
    sign_in(client, admin_person)
    return client


@pytest.fixture
def asked(actor, admin_person, lee):
    return approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=lee.pk, role="physician")


@pytest.fixture
def keys_asked(actor, admin_person):
    approvals.ask_for_key_turn(actor(admin_person), key=uuid4())
    return Approval.objects.get(kind="key_turn")


@pytest.fixture
def invite_officer(actor, admin_person):
    def make(role="compliance_officer"):
        told = services.Invited(email="vera@readback.example", display_name="Vera Quill", role=role, unit_id=None)
        return services.invite(actor(admin_person), key=uuid4(), invited=told)

    return make


def post(client, path):
    return client.post(path, {"key": str(uuid4())})


# Roles


def test_a_role_changes_when_a_second_administrator_approves_and_not_before(office, sign_in, pia, lee, actor):
    of_lee = actor(lee).session_id
    answer = office.post(f"/people/{lee.pk}/role/", {"key": str(uuid4()), "role": "physician"})
    assert answer.status_code == 303
    lee.refresh_from_db()
    assert lee.role == "nurse"
    assert b"is to become Physician" in office.get("/people/two/").content
    sign_in(office, pia)
    assert post(office, f"/people/two/{Approval.objects.get().pk}/approve/").status_code == 303
    lee.refresh_from_db()
    assert lee.role == "physician"
    assert DeviceSession.objects.get(pk=of_lee).end_reason == "role_changed"
    assert b"Nothing waits" in office.get("/people/two/").content


def test_whoever_asked_cannot_approve(office, asked, lee):
    # One person with one account is not two people, however often they press.
    assert post(office, f"/people/two/{asked.pk}/approve/").status_code == 403
    lee.refresh_from_db()
    assert lee.role == "nurse"
    assert Event.objects.filter(event="approval.given", outcome="refused").exists()


def test_nobody_approves_what_is_about_themselves(actor, admin_person, pia):
    row = approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=pia.pk, role="compliance_officer")
    with pytest.raises(Denied):
        approvals.approve(actor(pia), key=uuid4(), approval_id=row.pk)


@pytest.mark.parametrize("somebody", ["amara", "officer", "agent_person"])
def test_whoever_is_no_administrator_finds_none_of_it(request, client, sign_in, asked, somebody):
    sign_in(client, request.getfixturevalue(somebody))
    assert client.get("/people/two/").status_code == 404
    for act in (f"two/{asked.pk}/approve/", f"two/{asked.pk}/drop/", "two/keys/"):
        assert post(client, f"/people/{act}").status_code == 404


def test_a_request_whose_asker_administers_no_more_is_approved_by_nobody(actor, asked, admin_person, pia, lee):
    # An account that was found to be taken over leaves no change behind that a colleague might still wave through.
    Person.objects.filter(pk=admin_person.pk).update(is_active=False)
    with pytest.raises(Conflict, match="ask anew"):
        approvals.approve(actor(pia), key=uuid4(), approval_id=asked.pk)
    lee.refresh_from_db()
    assert lee.role == "nurse"


def test_approved_dropped_or_run_out_nothing_is_left_to_approve(actor, asked, pia, admin_person, lee):
    Approval.objects.filter(pk=asked.pk).update(good_until=timezone.now())
    with pytest.raises(NotFound):
        approvals.approve(actor(pia), key=uuid4(), approval_id=asked.pk)
    again = approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=lee.pk, role="physician")
    approvals.drop(actor(pia), key=uuid4(), approval_id=again.pk)
    for act in (approvals.approve, approvals.drop):
        with pytest.raises(NotFound):
            act(actor(pia), key=uuid4(), approval_id=again.pk)


def test_the_same_press_twice_asks_once_and_approves_once(actor, admin_person, pia, lee):
    key = uuid4()
    for _ in range(2):
        approvals.ask_for_role(actor(admin_person), key=key, person_id=lee.pk, role="physician")
    row, key = Approval.objects.get(), uuid4()
    for _ in range(2):
        approvals.approve(actor(pia), key=key, approval_id=row.pk)
    assert Event.objects.filter(event="person.role_changed").count() == 1


def test_what_is_asked_later_takes_the_place_of_what_was_asked_before(actor, asked, admin_person, lee):
    later = approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=lee.pk, role="call_agent")
    assert list(approvals.waiting()) == [later]


def test_a_role_that_is_none_and_the_role_they_have_ask_for_nothing(actor, admin_person, lee):
    with pytest.raises(Invalid):
        approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=lee.pk, role="chief")
    assert approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=lee.pk, role=lee.role) is None
    with pytest.raises(NotFound):
        approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=uuid4(), role="nurse")


def test_approving_asks_for_a_factor_that_was_just_shown(client, sign_in, asked, pia, settings, lee):
    session = sign_in(client, pia)
    DeviceSession.objects.filter(pk=session.pk).update(verified=timezone.now() - settings.STEP_UP_WITHIN)
    assert post(client, f"/people/two/{asked.pk}/approve/")["Location"].startswith("/me/confirm/")
    lee.refresh_from_db()
    assert lee.role == "nurse"


@pytest.mark.parametrize("second", ["asked_by", "person", "nobody"])
def test_the_database_itself_holds_that_two_are_two(asked, second):
    # Constraints and not only code: whatever way a row is written, nobody approves their own.
    who = getattr(asked, f"{second}_id", None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(approved=timezone.now(), approved_by=who)


def test_nobody_is_given_a_role_that_would_shut_them_out(actor, admin_person, pia, amara, lee):
    """An administrator shows a passkey of one device. With only an app they could show nothing, and add nothing."""
    app_of(amara)
    with pytest.raises(Conflict, match="add one under Me first"):
        approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=amara.pk, role="administrator")
    row = approvals.ask_for_role(actor(admin_person), key=uuid4(), person_id=lee.pk, role="administrator")
    app_of(lee)
    with pytest.raises(Conflict):
        approvals.approve(actor(pia), key=uuid4(), approval_id=row.pk)


# Invitations


def test_who_is_to_have_power_over_others_gets_no_link_before_two_have_decided(
    invite_officer, client, sign_in, actor, pia
):
    row, token = invite_officer()
    assert token == ""
    sign_in(client, pia)
    assert b"is to be invited as Compliance officer" in client.get("/people/two/").content
    Invitation.objects.update(phone="020 7946 0188")
    page = post(client, f"/people/invitations/{row.pk}/approve/").content.decode()
    link = page.split("/join/")[1].split("/")[0]
    client.logout()
    assert client.post(f"/join/{link}/", {"new": "seven grey herons at dusk"}).status_code == 303
    assert Person.objects.get(email="vera@readback.example").role == "compliance_officer"


def test_whoever_made_the_invitation_cannot_approve_it(invite_officer, actor, admin_person):
    # Else one administrator would make themselves a second one, and be two people from then on.
    row, _token = invite_officer("administrator")
    with pytest.raises(Denied):
        services.approve(actor(admin_person), key=uuid4(), invitation_id=row.pk)


def test_an_invitation_that_one_person_may_make_waits_for_nobody(actor, admin_person, pia, ward):
    told = services.Invited(email="t@agency.example", display_name="Tilda", role="nurse", unit_id=ward.pk)
    row, token = services.invite(actor(admin_person), key=uuid4(), invited=told)
    assert token
    with pytest.raises(NotFound):
        services.approve(actor(pia), key=uuid4(), invitation_id=row.pk)
    assert services.invitation_by(token) == row


def test_an_approved_invitation_is_not_approved_again(invite_officer, actor, pia):
    # A second link for the same invitation would be one that the first receiver does not know of.
    row, _token = invite_officer()
    key = uuid4()
    _row, token = services.approve(actor(pia), key=key, invitation_id=row.pk)
    assert services.approve(actor(pia), key=key, invitation_id=row.pk)[1] == ""
    with pytest.raises(NotFound):
        services.approve(actor(pia), key=uuid4(), invitation_id=row.pk)
    assert services.invitation_by(token) == row


def test_the_database_lets_nobody_in_as_an_officer_whom_one_person_asked_in(invite_officer, lee):
    row, _token = invite_officer()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=row.pk).update(taken=timezone.now(), person=lee)


# Keys


def rotate(*arguments):
    call_command("vault", *arguments, "rotate", "--data-keys")


def test_keys_turn_once_when_two_have_approved(keys_asked, actor, pia):
    with pytest.raises(CommandError, match="Two administrators approve this first"):
        rotate()
    approvals.approve(actor(pia), key=uuid4(), approval_id=keys_asked.pk)
    rotate()
    assert Event.objects.filter(event="key.turned", entity_id=keys_asked.pk).count() == 1
    with pytest.raises(CommandError, match="Two administrators approve this first"):
        rotate()


def test_an_approval_of_yesterday_turns_no_keys(keys_asked, actor, pia):
    approvals.approve(actor(pia), key=uuid4(), approval_id=keys_asked.pk)
    Approval.objects.update(approved=timezone.now() - timedelta(hours=24))
    with pytest.raises(CommandError):
        rotate()


def test_whoever_holds_the_shell_may_turn_keys_alone_and_that_stands_on_the_record(db):
    # It is no lock: a shell reads the key file. It is a record that says so, and a command that asks first.
    rotate("--alone", "emergency")
    assert Event.objects.get(event="key.turned_alone").reason == "emergency"


def test_two_who_ask_for_the_keys_ask_once(keys_asked, actor, pia):
    approvals.ask_for_key_turn(actor(pia), key=uuid4())
    assert list(approvals.waiting()) == [keys_asked]


def test_an_administrator_who_is_signed_out_approves_nothing(client, sign_in, asked, pia, lee):
    session = sign_in(client, pia)
    end_session(session.pk, reason="ended_by_person", agent=None)
    assert post(client, f"/people/two/{asked.pk}/approve/").status_code == 302
    lee.refresh_from_db()
    assert lee.role == "nurse"
