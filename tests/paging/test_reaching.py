"""How a page reaches people: who cannot be reached holds nothing up, what fails goes on, and a telephone may own it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import DeviceSession
from handover.paging.models import Page, PageStep
from handover.paging.rules import Answer, Level, Step, Target, Way
from handover.paging.selectors import still_nobodys
from handover.paging.services import withdraw_page
from handover.paging.services.phoning import answer_by_phone
from handover.paging.services.ways import reaching
from handover.patients import access as patients
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.reach.push.events import way_to
from handover.reach.rules import Try
from handover.reach.services import Said, failed_of
from live.acting import acting_as_system
from live.inbox import announce
from live.models import Rung
from live.refusals import Conflict, NotFound
from tests.paging.conftest import asked, can_send, fresh, time_passes, told

pytestmark = pytest.mark.django_db(transaction=True)
LAST = Step((Target.BY_PHONE,), timedelta(minutes=5))


def signs_out(person):
    """Nobody of their devices is signed in any more."""
    from django.utils import timezone

    DeviceSession.objects.filter(person=person).update(ended=timezone.now())


@pytest.fixture
def gateway(settings, monkeypatch):
    """A provider of text messages and calls is configured, and Noor's and Lee's numbers are known."""
    can_send(monkeypatch, [Channel.SMS, Channel.VOICE])


@pytest.fixture
def number(gateway):
    """number(person): they have a telephone number that was verified."""
    from django.utils import timezone

    def give(person):
        for channel in (Channel.SMS, Channel.VOICE):
            row = ContactPoint(person=person, channel=channel, sealed_address=b"x", verified=timezone.now())
            row.save(force_insert=True)

    return give


def test_whom_nothing_reaches_holds_nothing_up_and_finds_it_in_the_inbox(page_out, noor, on_call, amara, answer):
    signs_out(noor)
    page = page_out()
    assert asked(page) == [["Noor"], ["Lee"]]
    assert PageStep.objects.get(page=page, number=0).skipped == "unreachable"
    assert (told(noor, "paging.sent"), told(amara, "paging.climbed")) == (1, 1)
    answer(noor, page)
    assert fresh(page).owned_by == noor


def test_where_nothing_reaches_anybody_the_sender_is_told_in_the_same_moment(page_out, noor, lee, on_call, amara):
    signs_out(noor)
    signs_out(lee)
    page = page_out()
    assert (page.state, told(amara, "paging.nobody"), told(noor, "paging.sent")) == ("nobody", 1, 1)


def test_a_text_message_and_a_call_stand_ready_for_whom_the_page_does_not_reach(page_out, noor, number):
    number(noor)
    page = page_out()
    rows = Delivery.objects.filter(subject_id=page.pk).order_by("due")
    assert [(row.channel, row.person_id) for row in rows] == [("sms", noor.pk), ("voice", noor.pk)]
    assert (rows[1].due - rows[0].due).total_seconds() == pytest.approx(40, abs=1)


def test_what_can_wait_rings_nobody_up(page_out, noor, number):
    number(noor)
    page = page_out(level="needs_action")
    assert list(Delivery.objects.filter(subject_id=page.pk).values_list("channel", flat=True)) == ["sms"]


def test_who_sits_at_the_telephone_is_rung_at_once():
    tries = reaching(Level.NEEDS_ACTION, Target.BY_PHONE, LAST, has={Way.VOICE}).tries
    assert tries[0] == Try(Channel.VOICE, timedelta(0), unless_on_device=False)


def test_an_owner_stops_what_has_not_been_sent(page_out, noor, number, answer):
    number(noor)
    page = page_out()
    answer(noor, page)
    assert set(Delivery.objects.filter(subject_id=page.pk).values_list("state", flat=True)) == {"dropped"}


def test_busy_stops_what_is_on_its_way_to_that_person_alone(page_out, noor, lee, number, answer):
    number(noor)
    number(lee)
    page = page_out()
    answer(noor, page, Answer.PASSES)
    states = dict(Delivery.objects.filter(subject_id=page.pk, channel="sms").values_list("person_id", "state"))
    assert states == {noor.pk: "dropped", lee.pk: "waiting"}


def test_the_next_step_rings_the_next_and_no_longer_the_one_before(page_out, noor, lee, number):
    number(noor)
    number(lee)
    page = page_out()
    time_passes(6)
    states = dict(Delivery.objects.filter(subject_id=page.pk, channel="voice").values_list("person_id", "state"))
    assert states == {noor.pk: "dropped", lee.pk: "waiting"}


def fails(page, person):
    """Every way to this person has failed, as the outbox says it."""
    Delivery.objects.filter(subject_id=page.pk, person=person).update(state="failed", failure="test")
    with transaction.atomic():
        announce(*failed_of("page")(page.pk, person.pk, "voice"))


def test_what_could_not_be_delivered_goes_on_at_once_and_the_sender_is_told(page_out, noor, amara, number):
    number(noor)
    page = page_out()
    fails(page, noor)
    assert (asked(page), told(amara, "paging.unreached")) == ([["Noor"], ["Lee"]], 1)
    fails(page, noor)
    assert told(amara, "paging.unreached") == 1


@contextmanager
def holding(page):
    """Somebody is in the midst of an act on the page, on a connection of their own."""
    has_it, may_go = Event(), Event()

    def hold():
        try:
            with acting_as_system("test"), transaction.atomic():
                Page.objects.select_for_update().get(pk=page.pk)
                has_it.set()
                assert may_go.wait(60)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(hold)
        assert has_it.wait(60)
        yield
        may_go.set()
        done.result()


def test_a_failure_waits_for_nobody_who_holds_the_page_and_may_wait_for_it(page_out, noor, number):
    number(noor)
    page = page_out()
    with holding(page):
        fails(page, noor)
    assert asked(page) == [["Noor"]]
    time_passes(6)
    assert asked(page) == [["Noor"], ["Lee"]]


def test_a_device_that_has_the_page_makes_a_failed_call_no_reason_to_go_on(page_out, noor, number):
    number(noor)
    page = page_out()
    Rung.objects.create(subject_kind="page", subject_id=page.pk, person_id=noor.pk, name="on_device")
    fails(page, noor)
    assert asked(page) == [["Noor"]]


def test_a_key_pressed_on_a_telephone_owns_it_once(page_out, noor, amara):
    page = page_out()
    assert answer_by_phone(page.pk, noor.pk, Said.OWNS) == answer_by_phone(page.pk, noor.pk, Said.OWNS)
    assert (fresh(page).owned_by, told(amara, "paging.owned")) == (noor, 1)
    assert list(page.answers.values_list("way", flat=True)) == ["phone"]


def test_busy_by_a_key_sends_it_on_at_once_and_is_said_once(page_out, noor, amara):
    page = page_out()
    for _ in range(2):
        assert "goes on to somebody else" in answer_by_phone(page.pk, noor.pk, Said.PASSES)
    assert (asked(page), told(amara, "paging.passed")) == ([["Noor"], ["Lee"]], 1)
    assert list(page.answers.values_list("said", "way")) == [("passes", "phone")]


def test_the_wrong_person_says_so_by_a_key_and_sees_the_patient_for_it_no_longer(page_out, noor, patient, actor):
    page = page_out()
    answer_by_phone(page.pk, noor.pk, Said.WRONG_PERSON)
    assert asked(page) == [["Noor"], ["Lee"]]
    assert list(page.answers.values_list("said", flat=True)) == ["wrong_person"]
    with pytest.raises(NotFound):
        patients.patient_for(actor(noor), patient.pk, act="patient.read")


def test_whoever_was_busy_by_a_key_may_still_own_it_by_another(page_out, noor):
    page = page_out()
    answer_by_phone(page.pk, noor.pk, Said.PASSES)
    answer_by_phone(page.pk, noor.pk, Said.OWNS)
    assert fresh(page).owned_by == noor


def test_a_telephone_that_was_not_asked_or_comes_too_late_owns_nothing(page_out, noor, lee, answer):
    page = page_out()
    with pytest.raises(NotFound):
        answer_by_phone(page.pk, lee.pk, Said.OWNS)
    with pytest.raises(NotFound):
        answer_by_phone(uuid4(), noor.pk, Said.OWNS)
    time_passes(6)
    answer(lee, page)
    with pytest.raises(Conflict, match="Lee Sparrowhawk owns this page already"):
        answer_by_phone(page.pk, noor.pk, Said.OWNS)


def taken_down(page):
    """Whose lock screen is told that it is over, by what: of those whom the page has rung."""
    rows = Delivery.objects.filter(subject_id=page.pk, subject_kind__startswith="push.")
    return [(row.subject_kind, row.person.display_name.split()[0]) for row in rows.select_related("person")]


@pytest.fixture
def rung(page_out, noor):
    """rung(): a page that has rung a device of Noor's."""

    def send():
        page = page_out()
        subject = {"subject_kind": "page", "subject_id": page.pk, "key": page.pk}
        told_of = {"channel": "push", "unless_on_device": False, "attempts": 1, "state": "sent"}
        now = timezone.now()
        Delivery.objects.create(person=noor, **subject, **told_of, due=now, sent=now)
        return page

    return send


@pytest.fixture
def pushes(monkeypatch):
    """Everybody has a device that may ring."""
    from handover.reach.push.sending import Push

    monkeypatch.setattr(Push, "is_configured", lambda self: True)
    monkeypatch.setattr(Push, "reaches", lambda self, people: set(people))


def test_a_colleague_who_owns_it_takes_it_from_the_lock_screens_of_the_others(rung, answer, lee, pushes):
    page = rung()
    time_passes(6)
    answer(lee, page)
    assert taken_down(page) == [("push.taken", "Noor")]


def test_whoever_owns_it_is_not_told_that_a_colleague_does(rung, answer, noor, pushes):
    page = rung()
    answer(noor, page)
    assert taken_down(page) == []


def test_a_page_that_is_withdrawn_goes_from_the_lock_screens_too(rung, actor, amara, pushes):
    page = rung()
    withdraw_page(actor(amara), key=uuid4(), page_id=page.pk)
    assert taken_down(page) == [("push.needless", "Noor")]


@pytest.fixture
def busy(actor, make_person, other_ward):
    """busy(person): they are busy for two hours, and Robin covers them."""
    from django.utils import timezone

    from handover.duty.services.availability import NotReached, say_not_reached

    def say(person):
        robin = make_person("robin@readback.example", "Robin Rushlight", "physician", unit=other_ward)
        actor(robin)
        said = NotReached("busy", timezone.now() + timedelta(hours=2), robin.pk)
        say_not_reached(actor(person), key=uuid4(), said=said)
        return robin

    return say


def test_a_page_to_somebody_who_is_busy_reaches_who_covers_them(page_out, noor, busy):
    busy(noor)
    assert asked(page_out()) == [["Robin"]]
    assert asked(page_out(person_id=noor.pk)) == [["Robin"]]


def test_who_is_reached_instead_stands_beside_the_role_before_it_is_sent(patient, noor, busy, make_role, emergency):
    from django.utils import timezone

    from handover.paging.selectors import choices

    make_role(emergency, "Doctor on call", noor, profession="physician")
    robin = busy(noor)
    (near,) = choices.near_choices(emergency, at=timezone.now())
    assert (near.person, near.instead, near.is_reachable) == (noor, robin, True)


def rung_out(person):
    """By which channels, and in which state each, somebody is told that nobody owns a page."""
    rows = Delivery.objects.filter(subject_kind="nobody_reached", person=person).order_by("due")
    return [(row.channel, row.state) for row in rows]


def test_whoever_sent_it_is_rung_in_the_pocket_when_nobody_was_reached(page_out, number, amara, lee):
    number(amara)
    page = page_out()
    assert rung_out(amara) == []
    for _step in range(6):
        time_passes(6)
    assert fresh(page).state == "nobody"
    assert rung_out(amara) == [("sms", "waiting"), ("voice", "waiting")]
    assert way_to("nobody_reached", Delivery.objects.get(subject_kind="nobody_reached", channel="sms").subject_id) == (
        f"/p/{page.pk}/"
    )


def test_a_late_owner_ends_the_ringing_of_whoever_sent_it(page_out, answer, number, amara, noor):
    number(amara)
    page = page_out()
    for _step in range(6):
        time_passes(6)
    answer(noor, page)
    assert fresh(page).state == "owned"
    assert rung_out(amara) == [("sms", "dropped"), ("voice", "dropped")]


def test_a_device_that_shows_the_sender_that_nobody_came_is_no_rung_of_the_page(page_out, number, amara):
    number(amara)
    page = page_out()
    for _step in range(6):
        time_passes(6)
    subject_id = Delivery.objects.filter(subject_kind="nobody_reached").first().subject_id
    assert subject_id != page.pk
    assert still_nobodys([subject_id, page.pk]) == {subject_id}
