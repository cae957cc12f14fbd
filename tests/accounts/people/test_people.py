"""The administrators' pages of people: who is found, who is asked in and how, and what happens when somebody goes."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail import BadHeaderError
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.directory import uncovered
from accounts.factors.models import RecoverySheet
from accounts.models import DeviceSession, Duty, Membership, Person
from accounts.people import approvals, returning, selectors, services
from accounts.people.letters import send_invitation
from accounts.people.models import Approval, Engagement, Invitation
from ledger.models import Event
from live.models import Timer
from live.refusals import Conflict, Denied, Invalid, NotFound

PASSWORD = "seven grey herons at dusk"


@pytest.fixture
def invited(ward):
    def make(**changed):
        told = {
            "email": "Tilda@Agency.example ",
            "display_name": "Tilda Probewell",
            "role": "nurse",
            "unit_id": ward.pk,
        }
        return services.Invited(**{**told, **changed})

    return make


@pytest.fixture
def token(actor, admin_person, invited):
    return services.invite(actor(admin_person), key=uuid4(), invited=invited())[1]


@pytest.fixture
def office(client, sign_in, admin_person):
    sign_in(client, admin_person)
    return client


# Found


@pytest.mark.parametrize(
    "words", ["Thistledown", "thisledown", "Amara Thistel", "amarra", "amara@readback", "THISTELDOWN"]
)
def test_a_name_is_found_though_letters_are_wrong(actor, admin_person, amara, lee, noor, words):
    assert selectors.people(actor(admin_person), words=words)[0] == amara


def test_words_that_are_nobodys_find_nobody(actor, admin_person, amara, lee):
    assert selectors.people(actor(admin_person), words="Zwx qqj") == []


def test_the_index_is_used_even_when_many_were_written_at_once(db):
    # A pending list made the planner read all 20,000 people instead: 200 ms of CPU for each search.
    with connection.cursor() as cursor:
        cursor.execute("SELECT proconfig FROM pg_proc WHERE proname = 'people_alike'")
        assert "enable_seqscan=off" in cursor.fetchone()[0]
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = 'people_alike_index'")
        assert cursor.fetchone()[0] == ["fastupdate=off"]


def test_a_role_narrows_the_list(actor, admin_person, amara, noor):
    assert selectors.people(actor(admin_person), role="physician") == [noor]
    assert selectors.people(actor(admin_person), words="Amara", role="physician") == []


@pytest.mark.parametrize("somebody", ["amara", "officer", "agent_person"])
def test_the_pages_are_for_administrators(request, client, sign_in, token, lee, somebody):
    sign_in(client, request.getfixturevalue(somebody))
    invitation = Invitation.objects.get()
    for path in ("", "invite/", f"{lee.pk}/"):
        assert client.get(f"/people/{path}").status_code == 404
    for path in (f"{lee.pk}/role/", f"{lee.pk}/leave/", f"invitations/{invitation.pk}/withdraw/"):
        assert client.post(f"/people/{path}", {"key": str(uuid4()), "role": "nurse"}).status_code == 404
    lee.refresh_from_db()
    assert lee.is_active


# Asked in


def post_invitation(office, **changed):
    told = {"display_name": "Tilda Probewell", "email": "tilda@agency.example", "role": "nurse", "key": str(uuid4())}
    return office.post("/people/invite/", {**told, **changed})


def test_by_e_mail_the_link_goes_there_and_is_shown_to_nobody(office, ward):
    page = post_invitation(office, unit=str(ward.pk))
    assert page.status_code == 200
    [letter] = mail.outbox
    link = re.search(r"/join/([\w-]+)/", letter.body)[1]
    assert letter.to == ["tilda@agency.example"]
    assert link.encode() not in page.content


def test_with_a_phone_number_the_link_is_shown_once_to_pass_on(office):
    key = str(uuid4())
    page = post_invitation(office, phone="020 7946 0188", key=key)
    assert mail.outbox == []
    assert b"/join/" in page.content
    assert b"/join/" not in post_invitation(office, phone="020 7946 0188", key=key).content
    assert b"/join/" not in office.get("/people/").content


def test_the_database_keeps_no_key_that_opens(token):
    row = Invitation.objects.get()
    assert token.encode() not in bytes(row.key_digest)
    assert len(token) >= 43  # 256 bits: nobody guesses one


def test_an_administrator_sees_what_each_session_of_somebody_was_opened_by(office, sign_in, amara):
    sign_in(Client(), amara, device="Ward phone", factor="recovery")
    page = office.get(f"/people/{amara.pk}/").content.decode()
    for words in ("Ward phone", "opened by: Recovery code", "last used"):
        assert words in page


def test_inviting_asks_for_a_factor_that_was_just_shown(client, sign_in, admin_person, settings):
    session = sign_in(client, admin_person)
    earlier = timezone.now() - settings.STEP_UP_WITHIN
    DeviceSession.objects.filter(pk=session.pk).update(verified=earlier)
    assert post_invitation(client).status_code == 302
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"role": "chief"},
        {"display_name": "  "},
        {"display_name": "\u202e\u200b"},
        {"unit_id": uuid4()},
        {"works_until": timezone.now() - timedelta(hours=1)},
    ],
)
def test_what_cannot_be_is_said_at_its_field(actor, admin_person, invited, changed):
    with pytest.raises(Invalid) as refused:
        services.invite(actor(admin_person), key=uuid4(), invited=invited(**changed))
    assert [name.removesuffix("_id") for name in changed] == [name.removesuffix("_id") for name in refused.value.fields]


def test_an_address_is_invited_once_and_never_where_somebody_signs_in(actor, admin_person, invited, token, amara):
    for email in ("tilda@agency.example", amara.email.upper()):
        with pytest.raises(Conflict):
            services.invite(actor(admin_person), key=uuid4(), invited=invited(email=email))


# Taken up


def join(client, token, password=PASSWORD):
    return client.post(f"/join/{token}/", {"new": password})


def test_the_link_makes_a_person_with_role_and_unit_and_opens_once(client, token, ward):
    assert b"Tilda Probewell" in client.get(f"/join/{token}/").content
    assert join(client, token)["Location"] == "/sign-in/?password=set"
    person = Person.objects.get(email="tilda@agency.example")
    assert (person.role, [row.unit for row in person.memberships.all()]) == ("nurse", [ward])
    assert person.check_password(PASSWORD)
    assert not DeviceSession.objects.filter(person=person).exists()  # it signs nobody in: a factor comes first
    assert join(client, token).status_code == 404
    assert Person.objects.filter(email="tilda@agency.example").count() == 1
    assert Event.objects.filter(event="person.joined", agent_id=person.pk).exists()


def test_a_weak_password_uses_nothing_up(client, token):
    assert join(client, token, "password1234").status_code == 422
    assert join(client, token, "Tilda Probewell 1").status_code == 422
    assert not Person.objects.filter(email="tilda@agency.example").exists()
    assert join(client, token).status_code == 303


def test_a_link_that_never_was_ran_out_or_was_withdrawn_is_the_same_answer(
    client, office, actor, admin_person, invited
):
    made = [
        services.invite(actor(admin_person), key=uuid4(), invited=invited(email=f"{name}@agency.example"))
        for name in ("late", "withdrawn")
    ]
    late = made[0][0]
    Invitation.objects.filter(pk=late.pk).update(made=late.made - timedelta(hours=80), good_until=late.made)
    path = f"/people/invitations/{made[1][0].pk}/withdraw/"
    assert office.post(path, {"key": str(uuid4())}).status_code == 303
    client.logout()
    answers = {client.get(f"/join/{token}/").content for token in ("made-up", made[0][1], made[1][1])}
    assert len(answers) == 1
    assert {join(client, token).status_code for token in ("made-up", made[0][1], made[1][1])} == {404}


@pytest.mark.parametrize("how", ["left", "is no administrator any more"])
def test_what_a_leaver_has_asked_in_does_not_come_in_after_them(client, token, admin_person, how):
    # Whoever was let go has, for three days, a link in their pocket that makes them somebody else.
    changed = {"is_active": False} if how == "left" else {"role": "call_agent"}
    Person.objects.filter(pk=admin_person.pk).update(**changed)
    assert client.get(f"/join/{token}/").status_code == 404
    assert join(client, token).status_code == 404
    assert not Person.objects.filter(email="tilda@agency.example").exists()


def test_an_address_that_somebody_was_given_meanwhile_is_said_and_uses_nothing_up(client, token, make_person):
    make_person("tilda@agency.example", "Made By The Directory", "nurse")
    answer = join(client, token)
    assert answer.status_code == 409
    assert b"Call whoever invited you" in answer.content


# Gone again


def locum(actor, admin_person, invited, *, ends):
    _row, token = services.invite(actor(admin_person), key=uuid4(), invited=invited(works_until=ends))
    return services.join(token, password=PASSWORD)


def test_a_locum_is_out_when_the_time_is_over(client, sign_in, actor, admin_person, invited):
    person = locum(actor, admin_person, invited, ends=timezone.now() + timedelta(hours=8))
    assert Timer.objects.filter(kind="person.ended", subject_id=person.pk).exists()
    sign_in(client, person)
    assert client.get("/me/").status_code == 200
    assert services.engagement_over(person.pk) == []  # too early: nothing happens
    assert client.get("/me/").status_code == 200
    Engagement.objects.update(ends=timezone.now())
    services.engagement_over(person.pk)
    person.refresh_from_db()
    assert not person.is_active
    assert client.get("/me/").status_code == 302
    assert DeviceSession.objects.get(person=person).end_reason == "engagement_over"
    assert Event.objects.get(event="person.ended").agent_id is None


def test_an_invitation_does_not_outlast_the_engagement(actor, admin_person, invited):
    ends = timezone.now() + timedelta(hours=2)
    row, _token = services.invite(actor(admin_person), key=uuid4(), invited=invited(works_until=ends))
    assert row.good_until == ends


def test_a_leaver_is_out_and_their_duty_is_shown_as_uncovered(office, lee, ward):
    duty = Duty.objects.get(person=lee)
    assert office.post(f"/people/{lee.pk}/leave/", {"key": str(uuid4())}).status_code == 303
    assert uncovered(at=timezone.now()) == [duty]
    assert b"Nobody covers this" in office.get("/people/").content
    assert b"Nobody covers this" in office.get("/directory/").content


def test_somebody_whose_phone_is_lost_is_signed_out_everywhere_and_may_come_back(office, sign_in, lee):
    phone = Client()
    session = sign_in(phone, lee)
    assert office.post(f"/people/{lee.pk}/sign-out/", {"key": str(uuid4())}).status_code == 303
    session.refresh_from_db()
    assert session.end_reason == "ended_by_administrator"
    assert phone.get("/me/").status_code == 302
    sign_in(phone, lee)
    assert phone.get("/me/").status_code == 200


def test_other_units_are_theirs_from_the_next_sign_in(office, lee, emergency):
    path = f"/people/{lee.pk}/"
    assert office.post(f"{path}units/", {"key": str(uuid4()), "unit": [str(emergency.pk), "no id"]}).status_code == 303
    assert list(Membership.objects.filter(person=lee).values_list("unit_id", flat=True)) == [emergency.pk]


def test_nobody_changes_their_own_role(office, admin_person):
    answer = office.post(f"/people/{admin_person.pk}/role/", {"key": str(uuid4()), "role": "physician"})
    assert answer.status_code == 409
    admin_person.refresh_from_db()
    assert admin_person.role == "administrator"


def test_somebody_who_is_not_there_is_not_there(office, actor, admin_person):
    assert office.get(f"/people/{uuid4()}/").status_code == 404
    with pytest.raises(NotFound):
        services.withdraw(actor(admin_person), key=uuid4(), invitation_id=uuid4())


# Back again


def bring_back(office, person, **more):
    return office.post(f"/people/{person.pk}/return/", {"key": str(uuid4()), **more})


def gone(office, person):
    assert office.post(f"/people/{person.pk}/leave/", {"key": str(uuid4())}).status_code == 303
    person.refresh_from_db()
    assert not person.is_active


def test_who_left_by_mistake_is_back_as_before_and_signs_in_anew(office, sign_in, lee, ward, admin_person):
    RecoverySheet.objects.create(user=lee, name="", confirmed=True)
    phone = Client()
    session = sign_in(phone, lee)
    gone(office, lee)
    assert b"Bring them back" in office.get(f"/people/{lee.pk}/").content
    assert bring_back(office, lee).status_code == 303
    lee.refresh_from_db()
    assert lee.is_active
    # An old cookie opens nothing: the session that ended stays ended.
    session.refresh_from_db()
    assert (session.end_reason, phone.get("/me/").status_code) == ("inactive", 302)
    assert [row.unit for row in lee.memberships.all()] == [ward]
    # The factors stay: else whoever knows the password would be the first to enrol.
    assert RecoverySheet.objects.filter(user=lee).exists()
    assert Event.objects.get(event="person.enabled", entity_id=lee.pk).agent_id == admin_person.pk
    sign_in(phone, lee)
    assert phone.get("/me/").status_code == 200


def test_an_engagement_that_is_over_needs_a_new_end(office, actor, admin_person, invited):
    person = locum(actor, admin_person, invited, ends=timezone.now() + timedelta(hours=8))
    Engagement.objects.update(ends=timezone.now())
    services.engagement_over(person.pk)
    for until in ("", "2001-01-01T10:00", "no time"):
        assert bring_back(office, person, works_until=until).status_code == 422
    person.refresh_from_db()
    assert not person.is_active
    ahead = timezone.localtime() + timedelta(days=3)
    assert bring_back(office, person, works_until=f"{ahead:%Y-%m-%dT%H:%M}").status_code == 303
    person.refresh_from_db()
    assert person.is_active
    assert Timer.objects.filter(kind="person.ended", subject_id=person.pk).exists()
    assert services.engagement_over(person.pk) == []
    assert Person.objects.get(pk=person.pk).is_active


def test_bringing_back_asks_for_a_factor_that_was_just_shown(client, sign_in, admin_person, lee, settings):
    session = sign_in(client, admin_person)
    gone(client, lee)
    DeviceSession.objects.filter(pk=session.pk).update(verified=timezone.now() - settings.STEP_UP_WITHIN)
    assert bring_back(client, lee).status_code == 302
    assert not Person.objects.get(pk=lee.pk).is_active


def test_who_works_here_cannot_be_brought_back_and_nobody_else_brings_anybody(client, sign_in, office, lee, noor):
    assert bring_back(office, lee).status_code == 409
    gone(office, lee)
    sign_in(client, noor)
    assert bring_back(client, lee).status_code == 404
    assert not Person.objects.get(pk=lee.pk).is_active


def test_an_officer_comes_back_when_a_second_administrator_approves(office, actor, admin_person, officer, make_person):
    # Otherwise one administrator would bring back a friend who reads the record.
    gone(office, officer)
    with pytest.raises(Denied):
        returning.bring_back(actor(admin_person), key=uuid4(), person_id=officer.pk)
    assert bring_back(office, officer).status_code == 303
    row = Approval.objects.get(kind="return")
    assert b"is to work here again" in office.get("/people/two/").content
    with pytest.raises(Denied):
        approvals.approve(actor(admin_person), key=uuid4(), approval_id=row.pk)
    assert not Person.objects.get(pk=officer.pk).is_active
    second = make_person("tove@readback.example", "Tove Alderwick", "administrator")
    approvals.approve(actor(second), key=uuid4(), approval_id=row.pk)
    assert Person.objects.get(pk=officer.pk).is_active


@pytest.mark.parametrize("field", ["email", "display_name"])
def test_a_line_break_adds_nobody_to_a_letter(office, field):
    # A header of one's own in the letter would send the link to somebody else. ASVS 5.0 V1.3.11.
    told = {"email": "tilda@agency.example", "display_name": "Tilda"}
    page = post_invitation(office, **{field: f"{told[field]}\r\nBcc: thief@agency.example"})
    assert all(letter.recipients() == ["tilda@agency.example"] for letter in mail.outbox)
    assert all("Bcc" not in letter.message() for letter in mail.outbox)
    assert page.status_code == 422 or field == "display_name"


def test_a_letter_to_an_address_with_a_line_break_does_not_leave(actor, admin_person, invited):
    row, _token = services.invite(actor(admin_person), key=uuid4(), invited=invited())
    row.email = "tilda@agency.example\nBcc: thief@agency.example"
    with pytest.raises(BadHeaderError):
        send_invitation(row, link="https://readback.example/join/x/")
    assert mail.outbox == []
