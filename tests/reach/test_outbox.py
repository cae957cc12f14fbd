"""The outbox: what an act asks for is sent after it, once it is due, while it is needed, and by one process."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction

from handover.reach import outbox, rules, selectors, services
from handover.reach.channels import Outcome
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.reach.rules import Try
from live.inbox import Announcement, Subject
from live.ladder import reach
from live.models import InboxItem
from tests.reach.conftest import KIND, NOW, NUMBER, SMS, VOICE, apart, pass_seconds
from tests.reach.provider import serving

pytestmark = pytest.mark.django_db
State = Delivery.State


def test_it_sends_what_was_asked_for_and_says_so(amara, give, ask, box, provider):
    give(amara, SMS)
    (row,) = ask(amara)
    assert row.state == State.WAITING
    box.drain()
    (body,) = provider.bodies()
    assert (body["id"], body["to"], body["channel"]) == (str(row.pk), NUMBER, "sms")
    row.refresh_from_db()
    assert (row.state, row.attempts, row.failure) == (State.SENT, 1, "")
    assert row.sent is not None
    assert box.drain() == 0
    assert len(provider.requests) == 1


def test_what_is_sent_names_no_subject_and_nobody(amara, give, ask, box, provider):
    # The property: whoever reads the provider's files learns that somebody was paged, and about nothing and nobody.
    # The attack is to look: the page's own id opens it, the person's name tells who is on call.
    give(amara, SMS)
    (row,) = ask(amara)
    box.drain()
    ((_, body),) = provider.requests
    for secret in (str(row.subject_id), str(amara.pk), amara.display_name, amara.email, KIND):
        assert secret.encode() not in body


def test_an_act_that_is_taken_back_sends_nothing(amara, give, box, provider):
    give(amara, SMS)
    with transaction.atomic():
        services.alert([services.Alert(uuid4(), amara.pk, Subject(KIND, uuid4()), "urgent", [Try(SMS, NOW)])])
        transaction.set_rollback(True)
    box.drain()
    assert provider.requests == []


@pytest.mark.django_db(transaction=True)
def test_it_is_refused_outside_an_act(amara):
    with pytest.raises(transaction.TransactionManagementError):
        services.alert([])
    with pytest.raises(transaction.TransactionManagementError):
        services.hush(Subject(KIND, uuid4()))


def test_who_has_no_address_or_none_that_is_theirs_yet_has_no_delivery(amara, lee, give, ask, box, provider):
    give(lee, SMS, is_verified=False)
    assert ask(amara) == ask(lee) == []


def test_asked_twice_it_is_one_delivery_and_of_two_people_it_is_two(amara, lee, give, ask, box, provider):
    give(amara, SMS)
    give(lee, SMS, "+442079460122")
    key, subject = uuid4(), Subject(KIND, uuid4())
    for person in (amara, amara, lee):
        ask(person, key=key, subject=subject)
    box.drain()
    assert sorted(body["to"] for body in provider.bodies()) == sorted([NUMBER, "+442079460122"])


def test_a_text_message_waits_twenty_seconds_for_the_device_and_a_call_sixty(amara, give, ask, box, provider):
    give(amara, SMS)
    give(amara, VOICE)
    ask(amara, *rules.fall_through())
    for seconds, sent in ((0, []), (19, []), (2, ["sms"]), (37, ["sms"]), (3, ["sms", "voice"])):
        pass_seconds(seconds)
        box.drain()
        assert [body["channel"] for body in provider.bodies()] == sent


def test_what_is_on_a_device_needs_neither(amara, give, ask, box, provider):
    give(amara, SMS)
    subject = Subject(KIND, uuid4())
    ask(amara, *rules.fall_through(), subject=subject)
    with transaction.atomic():
        reach("on_device", subject=subject, person_id=amara.pk)
    pass_seconds(70)
    box.drain()
    assert provider.requests == []
    assert Delivery.objects.get().state == State.DROPPED


def test_a_device_of_a_colleague_does_not_count_and_who_is_called_at_once_is_called(
    amara, lee, give, ask, box, provider
):
    give(amara, SMS)
    give(amara, VOICE)
    subject = Subject(KIND, uuid4())
    ask(amara, Try(SMS, NOW), *rules.by_voice_at_once(), subject=subject)
    with transaction.atomic():
        reach("on_device", subject=subject, person_id=lee.pk)
    box.drain()
    assert sorted(body["channel"] for body in provider.bodies()) == ["sms", "voice"]


def test_what_was_hushed_is_not_sent_and_a_colleagues_is(amara, lee, give, ask, box, provider):
    for person, number in ((amara, NUMBER), (lee, "+442079460122")):
        give(person, SMS, number)
    subject = Subject(KIND, uuid4())
    ask(amara, subject=subject)
    ask(lee, subject=subject)
    ask(lee)
    with transaction.atomic():
        services.hush(subject, person_id=amara.pk)
    box.drain()
    assert [body["to"] for body in provider.bodies()] == ["+442079460122"] * 2
    with transaction.atomic():
        services.hush(subject)
    assert Delivery.objects.filter(state=State.SENT).count() == 2


def test_what_was_hushed_on_its_way_says_that_it_was_sent(amara, give, ask, box, provider):
    give(amara, SMS)
    (row,) = ask(amara)
    provider.gate.clear()
    box.tick()
    with transaction.atomic():
        services.hush(Subject(KIND, row.subject_id))
    provider.gate.set()
    box.drain()
    row.refresh_from_db()
    assert row.state == State.SENT


def test_who_has_left_is_not_sent_anything(amara, give, ask, box, provider):
    give(amara, SMS)
    ask(amara)
    type(amara).objects.filter(pk=amara.pk).update(is_active=False)
    box.drain()
    assert provider.requests == []
    assert Delivery.objects.get().state == State.DROPPED


def test_a_gateway_that_fails_is_tried_at_0_5_15_and_45_seconds_and_then_it_has_failed(amara, give, ask, box, provider):
    give(amara, SMS)
    ask(amara)
    provider.statuses = [503, 500, 429, 503]
    for seconds, sent in ((0, 1), (4, 1), (2, 2), (9, 2), (2, 3), (29, 3), (2, 4), (600, 4)):
        pass_seconds(seconds)
        box.drain()
        assert len(provider.requests) == sent
    row = Delivery.objects.get()
    assert (row.state, row.failure, row.attempts) == (State.FAILED, "http_503", 4)


def test_an_end_that_cannot_be_written_down_takes_no_other_with_it(amara, lee, give, ask, box, provider, monkeypatch):
    for person in (amara, lee):
        give(person, SMS)
        ask(person)
    written = []

    def broken_once(row, outcome):
        written.append(row.pk)
        if len(written) == 1:
            raise OperationalError("deadlock detected")
        write_end(row, outcome)

    write_end = outbox.write_end
    monkeypatch.setattr(outbox, "write_end", broken_once)
    with pytest.raises(OperationalError):
        box.drain()
    box.finish()
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert len(provider.requests) == 2
    assert [states[pk] for pk in written] == [State.WAITING, State.SENT]


def test_a_gateway_that_comes_back_takes_it(amara, give, ask, box, provider):
    give(amara, SMS)
    ask(amara)
    provider.statuses = [503]
    box.drain()
    assert Delivery.objects.get().failure == "http_503"
    pass_seconds(6)
    box.drain()
    row = Delivery.objects.get()
    assert (row.state, row.failure, row.attempts) == (State.SENT, "", 2)


def test_what_no_attempt_will_change_is_not_tried_again(amara, give, ask, box, provider):
    give(amara, SMS)
    ask(amara)
    provider.statuses = [400]
    box.drain()
    assert Delivery.objects.get().state == State.FAILED


def test_a_redirect_is_not_followed_with_the_number(amara, give, ask, box, provider):
    # The attack: a gateway that was taken over, or a typing error in its path, sends the numbers on to somebody else.
    give(amara, SMS)
    ask(amara)
    provider.statuses, provider.headers = [307], {"Location": provider.url + "/elsewhere"}
    box.drain()
    assert len(provider.requests) == 1
    assert Delivery.objects.get().failure == "http_307"


def test_a_gateway_that_is_not_there_is_a_failure_and_no_error(amara, give, ask, box, provider, settings):
    give(amara, SMS)
    ask(amara)
    settings.SMS_URL = "http://127.0.0.1:1/"
    box.drain()
    assert Delivery.objects.get().failure == "unreachable"


def test_an_adapter_that_breaks_is_a_failed_attempt_and_stops_nobody(amara, give, ask, box, provider, settings):
    give(amara, SMS)
    give(amara, VOICE)
    ask(amara, Try(SMS, NOW), Try(VOICE, NOW))
    settings.SMS_URL = "a line\nthat is no address"
    box.drain()
    assert Delivery.objects.get(channel=SMS).failure == "error"
    assert Delivery.objects.get(channel=VOICE).state == State.SENT


def test_a_gateway_that_hangs_holds_up_no_other_channel(amara, give, ask, box, provider, settings, monkeypatch):
    with serving() as other:
        settings.VOICE_URL = other.url
        give(amara, SMS)
        give(amara, VOICE)
        for _ in range(outbox.AT_ONCE + 3):
            ask(amara)
        ask(amara, Try(VOICE, NOW))
        provider.gate.clear()
        while not Delivery.objects.filter(channel=VOICE, state=State.SENT).exists():
            box.tick()
        assert [body["channel"] for body in other.bodies()] == ["voice"]
        # Given up: tried again later, by a thread that is not held.
        monkeypatch.setattr(outbox, "SEND_SECONDS", 0)
        box.tick()
        assert Delivery.objects.filter(failure="timeout").count() == outbox.AT_ONCE
        assert Delivery.objects.filter(attempts=0).count() == 3
        provider.gate.set()


def test_a_process_that_ends_in_order_waits_for_what_is_on_its_way_and_sends_nothing_new(
    amara, give, ask, box, provider
):
    give(amara, SMS)
    (row,) = ask(amara)
    provider.gate.clear()
    box.tick()
    (other,) = ask(amara)
    threading.Timer(0.1, provider.gate.set).start()
    box.finish()
    for one, state in ((row, State.SENT), (other, State.WAITING)):
        one.refresh_from_db()
        assert one.state == state


def test_one_whose_last_attempt_nobody_finished_has_failed_and_holds_up_no_other(amara, give, ask, box, provider):
    # A row that kills whoever sends it would otherwise be claimed for ever; and a fifth attempt is no row at all.
    give(amara, SMS)
    (row,) = ask(amara)
    ask(amara)
    Delivery.objects.filter(pk=row.pk).update(attempts=rules.MOST_ATTEMPTS)
    box.drain()
    row.refresh_from_db()
    assert (row.state, row.failure) == (State.FAILED, "lost")
    assert len(provider.requests) == 1


def test_an_address_that_does_not_open_holds_up_nobody_elses(amara, lee, give, ask, box, provider):
    point = give(amara, SMS)
    give(lee, SMS, "+442079460122")
    ContactPoint.objects.filter(pk=point.pk).update(sealed_address=b"no seal")
    (row,) = ask(amara)
    ask(lee)
    box.drain()
    assert [body["to"] for body in provider.bodies()] == ["+442079460122"]
    row.refresh_from_db()
    assert (row.state, row.failure) == (State.FAILED, "no_address")


def test_a_look_that_finds_nothing_costs_one_statement(amara, give, ask, box, provider, django_assert_num_queries):
    give(amara, SMS)
    ask(amara, Try(SMS, timedelta(seconds=20)))
    with django_assert_num_queries(1):
        assert box.tick() == 0


def test_a_burst_goes_out_in_one_look_while_the_gateway_answers(amara, give, ask, box, provider, monkeypatch):
    # However slow the machine is that the test runs on.
    monkeypatch.setattr(outbox, "LOOK_SECONDS", 60)
    monkeypatch.setattr(outbox, "_MOMENT_SECONDS", 60)
    give(amara, SMS)
    for _ in range(3 * outbox.AT_ONCE):
        ask(amara)
    box.tick()
    assert len(provider.requests) == 3 * outbox.AT_ONCE


def test_one_that_dies_after_the_claim_leaves_it_to_the_next_within_fifteen_seconds(amara, give, ask, box, provider):
    give(amara, SMS)
    ask(amara)
    (dead,) = outbox.claim(SMS, most=5)
    box.drain()
    assert provider.requests == []
    # One look and the lease: what somebody waits for after a death.
    assert outbox.LEASE + timedelta(seconds=outbox.LOOK_SECONDS) < timedelta(seconds=15)
    pass_seconds(outbox.LEASE.total_seconds() + 0.1)
    box.drain()
    assert len(provider.requests) == 1
    # It was not dead, but slow: what it says now does not count, and nothing is sent once more.
    outbox.write_end(dead, Outcome(failure="timeout"))
    assert Delivery.objects.get().state == State.SENT


@pytest.mark.django_db(transaction=True)
def test_two_processes_send_each_once(amara, give, ask, provider):
    give(amara, SMS)
    for _ in range(30):
        ask(amara)
    boxes, at_once = [outbox.Outbox(), outbox.Outbox()], Barrier(2)

    @apart
    def process(box):
        at_once.wait()
        while Delivery.objects.filter(state=State.WAITING).exists():
            box.drain()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(process, boxes))
    for box in boxes:
        for threads in box._threads.values():
            threads.shutdown()
    ids = [body["id"] for body in provider.bodies()]
    assert len(ids) == len(set(ids)) == 30


def test_the_sender_is_told_when_no_channel_took_it(amara, lee, give, ask, box, provider, monkeypatch):
    told = []

    def none_took(subject_id, person_id, channel):
        told.append((subject_id, person_id, channel))
        return [Announcement("test.unreached", [lee.pk], Subject(KIND, subject_id))]

    monkeypatch.setitem(services._failures, KIND, none_took)
    give(amara, SMS)
    give(amara, VOICE)
    rows = ask(amara, Try(SMS, NOW), Try(VOICE, timedelta(seconds=60)))
    provider.statuses = [400, 400]
    box.drain()
    assert told == []  # the call is still to come
    pass_seconds(61)
    box.drain()
    assert told == [(rows[0].subject_id, amara.pk, "voice")]
    assert InboxItem.objects.filter(person_id=lee.pk, event="test.unreached").count() == 1


def test_the_sender_is_not_told_when_one_took_it(amara, give, ask, box, provider, monkeypatch):
    monkeypatch.setitem(services._failures, KIND, lambda *_: pytest.fail("somebody was reached"))
    give(amara, SMS)
    give(amara, VOICE)
    ask(amara, Try(SMS, NOW), Try(VOICE, timedelta(seconds=60)))
    box.drain()
    provider.statuses = [400]
    pass_seconds(61)
    box.drain()
    assert Delivery.objects.filter(state=State.FAILED).count() == 1


def test_the_senders_ladder_shows_what_was_tried(amara, give, ask, box, provider):
    give(amara, SMS)
    give(amara, VOICE)
    rows = ask(amara, *rules.fall_through())
    pass_seconds(21)
    box.drain()
    subject_id = rows[0].subject_id
    tried = selectors.tries_of([subject_id, uuid4()])
    assert [(one.channel, one.state) for one in tried[subject_id]] == [("sms", "sent"), ("voice", "waiting")]
    assert set(tried) == {subject_id}


def test_who_has_a_way_is_reachable_by_it_and_who_has_none_by_the_page_alone(
    amara, lee, noor, give, provider, client, sign_in
):
    give(amara, SMS)
    sign_in(client, lee)
    found = selectors.reachability_of([amara.pk, lee.pk, noor.pk])
    assert [found[person.pk].is_reachable for person in (amara, lee, noor)] == [True, True, False]
    assert [found[person.pk].channels for person in (amara, lee, noor)] == [{SMS}, set(), set()]
    assert found[lee.pk].last_seen is not None


def test_a_channel_that_is_not_configured_is_offered_to_nobody(amara, give, ask, settings):
    settings.SMS_URL = ""
    give(amara, SMS)
    assert ask(amara) == []
    assert not selectors.reachability_of([amara.pk])[amara.pk].is_reachable


@pytest.mark.parametrize(
    "wrong", [{"failure": "+44 20 7946 0111"}, {"state": "sent"}, {"person": None}, {"attempts": 5}]
)
def test_the_database_refuses_a_row_that_cannot_be(amara, wrong):
    row = {
        "key": uuid4(),
        "person": amara,
        "channel": Channel.SMS,
        "subject_kind": KIND,
        "subject_id": uuid4(),
        "unless_on_device": False,
        "due": "2026-01-01T00:00Z",
    }
    with pytest.raises(IntegrityError):
        Delivery.objects.create(**{**row, **wrong})


def test_an_address_lies_sealed_for_its_row_alone(amara, lee, give):
    # The attack: whoever can write the table puts a colleague's ciphertext, or their own number, into Amara's row.
    from handover.reach.sealed import address_of
    from vault.errors import VaultError

    mine, theirs = give(amara, SMS), give(lee, SMS, "+442079460122")
    assert NUMBER.encode() not in bytes(mine.sealed_address)
    mine.sealed_address = theirs.sealed_address
    with pytest.raises(VaultError):
        address_of(mine)
    mine.sealed_address = b"+442079460199"
    with pytest.raises(VaultError):
        address_of(mine)
