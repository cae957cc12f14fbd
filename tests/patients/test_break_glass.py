"""Breaking the glass: what it opens, for how long, whom it tells, and that it says nothing to whoever only asks."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from config.roles import as_owner
from handover.patients import access
from handover.patients.glass import services
from handover.patients.models import AccessAlert, BreakGlass, CareRelationship
from handover.patients.sealed import identity_of, seal_words
from ledger.models import Event
from live import drawing
from live.inbox import Announcement, Subject, announce
from live.models import InboxItem, Timer
from live.refusals import Invalid, NotFound

WORDS = "Arrest on 5 West, called to help"


@pytest.fixture
def identity(patient):
    return identity_of(patient)


@pytest.fixture
def break_it(actor, identity):
    def do(person, **changed):
        told = {"record_number": identity.record_number, "birth_date": identity.birth_date, "code": "called_to_help"}
        return services.break_glass(actor(person), **{"key": uuid4(), "words": WORDS, **told, **changed})

    return do


@pytest.fixture
def broken(break_it, noor, patient):
    break_it(noor)
    return BreakGlass.objects.get(person=noor, patient=patient)


def views_of(person, event):
    items = list(InboxItem.objects.filter(person_id=person.pk, event=event))
    with transaction.atomic():
        return [view for view in drawing.draw(items).values() if view]


def test_it_opens_one_patient_for_four_hours(break_it, noor, actor, patient, make_patient, emergency):
    other = make_patient(emergency, family="Nettleship")
    assert break_it(noor) == patient.pk
    granted = access.patient_for(actor(noor), patient.pk)
    row = granted.relationship
    assert (row.reason, granted.purpose, row.ends - row.begins) == ("break_glass", "BTG", timedelta(hours=4))
    with pytest.raises(NotFound):
        access.patient_for(actor(noor), other.pk)


def test_the_reading_names_the_glass_and_its_purpose(client, sign_in, broken, noor, patient):
    sign_in(client, noor)
    page = client.get(f"/patients/{patient.pk}/")
    assert page.status_code == 200
    assert b"Emergency access until" in page.content
    read = Event.objects.filter(event="patient.read", agent_id=noor.pk).latest("id")
    assert (read.relationship_ids, read.purpose) == ([broken.relationship_id], "BTG")


def test_the_team_is_told(amara, break_it, noor, patient):
    break_it(noor)
    assert not InboxItem.objects.filter(person_id=noor.pk).exists()
    [told] = views_of(amara, "glass.broken")
    assert "Noor Wintergreen" in told["line"]
    assert told["url"] == f"/patients/{patient.pk}/"


def test_an_officer_is_told_without_a_word_about_the_patient(officer, break_it, noor, identity):
    break_it(noor)
    [told] = views_of(officer, "glass.to_review")
    assert "Noor Wintergreen" in told["line"]
    assert identity.family not in str(told)
    assert identity.record_number not in str(told)


def test_it_asks_for_a_reason_of_ten_characters(break_it, noor):
    for changed in ({"words": "because  "}, {"words": " " * 20}, {"code": "curiosity"}, {"code": ""}):
        with pytest.raises(Invalid):
            break_it(noor, **changed)
    assert not BreakGlass.objects.exists()


def test_the_reason_is_sealed(broken):
    assert WORDS.encode() not in bytes(broken.sealed_words)


def test_a_wrong_birth_date_and_nobody_are_the_same_answer(break_it, noor, identity):
    """The oracle: whoever guesses must learn nothing of who is here. Both fit, or the words are the same."""
    refusals = []
    for changed in ({"birth_date": "1901-01-01"}, {"record_number": "no such number"}):
        with pytest.raises(Invalid) as refused:
            break_it(noor, **changed)
        refusals.append((refused.value.message, refused.value.fields, refused.value.code, refused.value.patient_id))
    assert refusals[0] == refusals[1]
    assert not BreakGlass.objects.exists()


def test_who_asks_again_and_again_is_told_of(break_it, noor, officer, identity):
    for number in range(5):
        with pytest.raises(Invalid):
            break_it(noor, record_number=f"guess {number}")
    alert = AccessAlert.objects.get()
    assert (alert.kind, alert.person_id, alert.count) == ("glass_missed", noor.pk, 5)
    assert len(views_of(officer, "access.alerted")) == 1


def test_a_patient_who_is_theirs_needs_no_glass(break_it, amara, patient):
    assert break_it(amara) == patient.pk
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize("outsider", ["officer", "admin_person", "agent_person"])
def test_it_is_for_clinicians(request, client, sign_in, outsider, identity):
    sign_in(client, request.getfixturevalue(outsider))
    assert client.get("/patients/emergency/").status_code == 403
    assert client.post("/patients/emergency/", {}).status_code == 403


def test_it_asks_for_a_factor_that_was_just_shown(client, sign_in, noor, identity, settings):
    """A phone that lies about, signed in: whoever picks it up opens nobody's chart with it."""
    session = sign_in(client, noor)
    told = {"record_number": identity.record_number, "code": "other", "words": WORDS, "key": str(uuid4())}
    told |= dict(
        zip(("birth_date_year", "birth_date_month", "birth_date_day"), identity.birth_date.split("-"), strict=True)
    )
    earlier = timezone.now() - settings.STEP_UP_WITHIN
    type(session).objects.filter(pk=session.pk).update(verified=earlier)
    for answer in (client.get("/patients/emergency/"), client.post("/patients/emergency/", told)):
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/me/confirm/")
    assert not BreakGlass.objects.exists()
    type(session).objects.filter(pk=session.pk).update(verified=timezone.now())
    assert client.post("/patients/emergency/", told).status_code == 303
    assert BreakGlass.objects.exists()


def test_the_same_key_breaks_it_once(break_it, noor):
    key = uuid4()
    assert break_it(noor, key=key) == break_it(noor, key=key)
    assert BreakGlass.objects.count() == 1


def test_two_taps_at_once_are_one_case(break_it, noor):
    break_it(noor)
    break_it(noor)
    assert BreakGlass.objects.count() == 1


def test_it_ends_when_they_say_so(client, sign_in, broken, noor, actor, patient):
    sign_in(client, noor)
    assert client.post(f"/patients/{patient.pk}/emergency/end/", {"key": str(uuid4())}).status_code == 303
    assert client.get(f"/patients/{patient.pk}/").status_code == 404
    assert views_of(noor, "glass.ended") == [{"patient": str(patient.pk)}]
    assert not Timer.objects.filter(kind="glass.ended").exists()


@pytest.fixture
def long_ago(broken, noor, patient):
    """A case of four days ago, which nobody has judged."""
    CareRelationship.objects.filter(pk=broken.relationship_id).update(ends=Now())
    begins, glass = timezone.now() - timedelta(hours=96), BreakGlass(patient=patient, person=noor, code="other")
    times = {"begins": begins, "ends": begins + timedelta(hours=4)}
    row = {"patient": patient, "person": noor, "reason": "break_glass", "source_id": glass.pk}
    glass.relationship = CareRelationship.objects.create(**row, **times)
    glass.begins, glass.ends, glass.review_due = begins, times["ends"], begins + timedelta(hours=72)
    glass.sealed_words = seal_words(glass, "sealed_words", WORDS)
    glass.save(force_insert=True)
    return glass


def test_it_ends_by_itself(long_ago, noor, actor, patient):
    """No job has to run for the door to shut: the row says when. What runs only wipes a page that is still open."""
    with pytest.raises(NotFound):
        access.patient_for(actor(noor), patient.pk)


def test_a_timer_tells_the_open_page(broken, noor, patient):
    assert set(Timer.objects.filter(subject_id=broken.pk).values_list("kind", flat=True)) == {
        "glass.ended",
        "glass.overdue",
    }
    [news] = services.over(broken.pk)
    assert (news.event, list(news.recipients)) == ("glass.ended", [noor.pk])


def test_nobody_ends_another_persons(client, sign_in, broken, amara, patient):
    sign_in(client, amara)
    assert client.post(f"/patients/{patient.pk}/emergency/end/", {"key": str(uuid4())}).status_code == 404
    broken.refresh_from_db()
    assert broken.ends > timezone.now()


def refused_by_the_database(change, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        BreakGlass.objects.filter(pk=broken.pk).update(**change)


def test_the_database_holds_what_the_rule_says(broken, noor, officer):
    """Against a mistake in the code, or somebody with a shell: the constraints are the rule's second wall."""
    longer = broken.begins + timedelta(hours=4, seconds=1)
    refused_by_the_database({"ends": longer}, broken)
    refused_by_the_database({"review_due": broken.begins + timedelta(hours=73)}, broken)
    refused_by_the_database({"reviewed_by": noor, "reviewed": timezone.now(), "finding": "justified"}, broken)
    refused_by_the_database({"reviewed": timezone.now()}, broken)
    refused_by_the_database({"code": "curiosity"}, broken)
    refused_by_the_database({"sealed_words": b"other words"}, broken)
    refused_by_the_database({"person": officer}, broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        CareRelationship.objects.create(
            patient=broken.patient, person=noor, reason="break_glass", source_id=uuid4(), ends=None
        )
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM patients_breakglass")


# The officer's side


@pytest.fixture
def desk(client, sign_in, officer):
    sign_in(client, officer)

    def post(glass, **told):
        return client.post(f"/audit/emergency/{glass.pk}/", {"key": str(uuid4()), **told})

    return post


def test_a_case_goes_from_the_question_to_the_finding(client, sign_in, desk, broken, noor, officer):
    assert b"Noor Wintergreen" in client.get("/audit/emergency/").content
    page = client.get(f"/audit/emergency/{broken.pk}/").content
    assert WORDS.encode() in page
    assert Event.objects.filter(event="audit.glass_read", agent_id=officer.pk, patient_id=broken.patient_id).exists()
    assert desk(broken, act="ask", question="Who called you?").status_code == 303
    [asked] = views_of(noor, "glass.asked")
    sign_in(client, noor)
    assert b"Who called you?" in client.get(asked["url"]).content
    assert client.post(asked["url"], {"key": str(uuid4()), "answer": "The charge nurse."}).status_code == 303
    sign_in(client, officer)
    assert b"The charge nurse." in client.get(f"/audit/emergency/{broken.pk}/").content
    assert desk(broken, finding="justified").status_code == 303
    broken.refresh_from_db()
    assert (broken.finding, broken.reviewed_by_id) == ("justified", officer.pk)
    assert views_of(noor, "glass.reviewed")[0]["line"] == "Justified"
    assert not Timer.objects.filter(kind="glass.overdue").exists()


def test_a_finding_against_somebody_needs_words(desk, broken):
    assert desk(broken, finding="not_justified").status_code == 422
    assert desk(broken, finding="").status_code == 422
    broken.refresh_from_db()
    assert broken.reviewed is None


def test_a_closed_case_stays_closed(desk, broken):
    desk(broken, finding="justified")
    assert desk(broken, finding="not_justified", note="On second thoughts").status_code == 409
    broken.refresh_from_db()
    assert broken.finding == "justified"


def test_nobody_closes_or_reads_their_own_case(client, sign_in, broken, noor, desk):
    """A clinician who became an officer: their own case is not there for them, in the list or by its address."""
    type(noor).objects.filter(pk=noor.pk).update(role="compliance_officer")
    noor.refresh_from_db()
    sign_in(client, noor)
    assert b"Noor Wintergreen, " not in client.get("/audit/emergency/").content
    assert client.get(f"/audit/emergency/{broken.pk}/").status_code == 404
    assert desk(broken, finding="justified").status_code == 404


# Every look of an officer's is itself on record, the list of who used emergency access too: it says who did it and why.
def test_the_list_of_cases_is_a_look_that_is_on_record(client, desk, broken, officer):
    client.get("/audit/emergency/")
    looks = Event.objects.filter(event="audit.searched", agent_id=officer.pk, detail__what="emergencies")
    assert [(look.patient_id, look.detail["found"]) for look in looks] == [(broken.patient_id, 1)]


def test_whoever_is_asked_is_on_record_when_they_read_it(client, sign_in, desk, broken, noor):
    desk(broken, act="ask", question="Who called you?")
    sign_in(client, noor)
    client.get(f"/emergency/{broken.pk}/")
    read = Event.objects.get(event="glass.read")
    assert (read.agent_id, read.patient_id, read.entity_id) == (noor.pk, broken.patient_id, broken.pk)


def test_an_alert_about_oneself_is_nobodys_to_read(client, desk, officer, lee):
    today = timezone.localdate()
    told = {"day": today, "kind": AccessAlert.Kind.BUDGET_NEAR, "count": 9}
    both = [AccessAlert.objects.create(person=person, **told) for person in (officer, lee)]
    page = client.get("/audit/emergency/").content.decode()
    assert f"?person={lee.pk}" in page
    assert f"?person={officer.pk}" not in page
    announce(*(Announcement("access.alerted", [officer.pk], Subject("alert", each.pk)) for each in both))
    [told] = views_of(officer, "access.alerted")
    assert "Lee" in told["line"]


def test_another_persons_question_is_not_there(client, sign_in, desk, broken, lee):
    desk(broken, act="ask", question="Who called you?")
    sign_in(client, lee)
    assert client.get(f"/emergency/{broken.pk}/").status_code == 404
    assert client.post(f"/emergency/{broken.pk}/", {"key": str(uuid4()), "answer": "Me"}).status_code == 404


def test_a_review_that_nobody_made_is_told_of(broken, officer):
    [news] = services.overdue(broken.pk)
    assert (news.event, list(news.recipients)) == ("glass.overdue", [officer.pk])


def test_an_overdue_review_is_shown(client, sign_in, officer, long_ago):
    sign_in(client, officer)
    assert b"overdue" in client.get("/audit/emergency/").content
    assert b"overdue" in client.get(f"/audit/emergency/{long_ago.pk}/").content


def test_the_page_of_a_handover_says_that_it_is_open_by_emergency_access(
    client, sign_in, sent_handover, actor, make_person, emergency
):
    # Whoever broke the glass is reminded on every page of the patient, and can end it there.
    far = make_person("isa@readback.example", "Isa Thornapple", "physician")
    who = identity_of(sent_handover.patient)
    told = {"record_number": who.record_number, "birth_date": who.birth_date, "code": "called_to_help"}
    services.break_glass(actor(far), key=uuid4(), **told, words=WORDS)
    sign_in(client, far)
    page = client.get(f"/handovers/{sent_handover.pk}/").content.decode()
    assert "Emergency access until" in page
    sign_in(client, sent_handover.author)
    assert "Emergency access until" not in client.get(f"/handovers/{sent_handover.pk}/").content.decode()
