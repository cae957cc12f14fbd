"""A person's own numbers and addresses: none is used before a code that went there has come back."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import DeviceSession
from handover.reach import selectors
from handover.reach.models import Channel, ContactPoint, Delivery
from handover.reach.points.models import Proof
from handover.reach.points.rules import address_from
from handover.reach.rules import Try
from handover.reach.sealed import address_of
from ledger.models import Event
from tests.reach.conftest import NOW, NUMBER, SMS, VOICE
from tests.reach.pagers import serving as serving_pagers
from tests.reach.test_mail import postman  # noqa: F401 -- a fixture

JSON = {"Accept": "application/json"}


def add(client, typed="+44 20 7946 0111", channel="sms", **more):
    return client.post("/reach/addresses/", {"key": uuid4(), "channel": channel, "address": typed}, **more)


def type_code(client, point, code):
    return client.post(f"/reach/addresses/{point.pk}/code/", {"key": uuid4(), "code": code}, follow=True)


@pytest.fixture
def at_home(client, amara, sign_in):
    """Amara's browser, with a factor that was just shown."""
    sign_in(client, amara)
    return client


def code_that_came(box, provider):
    box.drain()
    return re.search(r"\d{6}", provider.bodies()[-1]["text"])[0]


@pytest.mark.django_db(transaction=True)
def test_an_address_is_used_once_the_code_that_went_there_has_come_back(at_home, amara, ask, box, provider):
    assert add(at_home).status_code == 303
    code = code_that_came(box, provider)
    assert provider.bodies()[-1]["to"] == NUMBER
    # Before: nothing else is sent there, and senders are not told that it reaches her.
    assert ask(amara, Try(SMS, NOW)) == []
    assert not selectors.reachability_of([amara.pk])[amara.pk].channels
    page = type_code(at_home, ContactPoint.objects.get(), f" {code[:3]} {code[3:]} ")
    assert "The address is yours" in page.content.decode()
    assert len(ask(amara, Try(SMS, NOW))) == 1
    assert Event.objects.filter(event="contact.shown", agent_id=amara.pk, outcome="success", reason="sms").count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_code_lies_nowhere_but_at_the_address(at_home, box, provider):
    # Whoever reads the tables must not be able to say that somebody's pages go to their own number.
    add(at_home)
    code = code_that_came(box, provider)
    with connection.cursor() as cursor:
        for table in ("points_proof", "reach_contactpoint", "reach_delivery", "live_actkey", "django_session"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            assert not any(code in row for (row,) in cursor.fetchall()), table


@pytest.mark.django_db(transaction=True)
def test_a_call_says_the_digits_one_by_one_and_twice(at_home, box, provider):
    add(at_home, channel="voice")
    box.drain()
    digits = re.findall(r"\b\d\b", provider.bodies()[-1]["text"])
    assert len(digits) == 12
    assert digits[:6] == digits[6:]
    type_code(at_home, ContactPoint.objects.get(), "".join(digits[:6]))
    assert ContactPoint.objects.get().verified is not None


@pytest.mark.django_db(transaction=True)
def test_a_letter_and_a_pager_carry_it_too(at_home, box, postman, settings):  # noqa: F811
    add(at_home, "amara@hospital.example", channel="email")
    box.drain()
    (code,) = re.findall(r"code is (\d{6})", postman.letters[-1].content.decode())
    type_code(at_home, ContactPoint.objects.get(), code)
    with serving_pagers() as gateway:
        settings.PAGER_GATEWAY, settings.PAGER_CALL_BACK = gateway.address, "020 7946 0100"
        add(at_home, "5550142", channel="pager")
        box.drain()
        ((to, shown),) = gateway.pages
    type_code(at_home, ContactPoint.objects.get(channel="pager"), shown)
    assert to == "5550142"
    assert ContactPoint.objects.filter(verified__isnull=False).count() == 2


pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(at_home, provider):
    """An address that waits for its code, and a code that is not the right one."""
    add(at_home)
    point = ContactPoint.objects.get()
    return point


def right(point):
    from handover.reach.points.rules import code_of

    return code_of(str(Proof.objects.get(point=point).pk))


def wrong(point):
    return f"{(int(right(point)) + 1) % 10**6:06}"


def test_five_wrong_codes_give_the_address_up(at_home, waiting):
    # Six digits are few: who tries them all must not have the pages of somebody sent to a number they typed.
    for left in (4, 3, 2, 1):
        assert f"{left} tr" in type_code(at_home, waiting, wrong(waiting)).content.decode()
    type_code(at_home, waiting, wrong(waiting))
    assert type_code(at_home, waiting, right(waiting)).status_code == 404
    waiting.refresh_from_db()
    assert waiting.ended is not None
    assert waiting.verified is None
    assert (
        Event.objects.filter(event="contact.shown", reason="sms", outcome="refused", entity_id=waiting.pk).count() == 5
    )


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\u0661" * 6, "x" * 9999])
def test_what_is_no_code_is_a_wrong_one(at_home, waiting, typed):
    type_code(at_home, waiting, typed)
    waiting.refresh_from_db()
    assert waiting.verified is None
    assert Proof.objects.get().wrong == 1


def test_a_code_counts_for_ten_minutes(at_home, waiting):
    Proof.objects.update(made=timezone.now() - timedelta(minutes=10))
    assert "older than ten minutes" in type_code(at_home, waiting, right(waiting)).content.decode()
    waiting.refresh_from_db()
    assert waiting.verified is None


def test_it_is_nobody_elses(at_home, waiting, client, lee, sign_in):
    code = right(waiting)
    sign_in(client, lee)
    assert type_code(client, waiting, code).status_code == 404
    assert client.post(f"/reach/addresses/{waiting.pk}/end/", {"key": uuid4()}).status_code == 404
    waiting.refresh_from_db()
    assert (waiting.verified, waiting.ended) == (None, None)


def test_another_address_takes_the_place_of_the_first_once_it_is_shown(at_home, waiting):
    type_code(at_home, waiting, right(waiting))
    add(at_home, "+44 20 7946 0122")
    waiting.refresh_from_db()
    assert waiting.ended is None
    second = ContactPoint.objects.get(verified=None)
    type_code(at_home, second, right(second))
    waiting.refresh_from_db()
    assert waiting.ended is not None
    assert address_of(ContactPoint.objects.get(ended=None)) == "+442079460122"


def test_it_is_taken_away(at_home, waiting, amara, ask):
    type_code(at_home, waiting, right(waiting))
    at_home.post(f"/reach/addresses/{waiting.pk}/end/", {"key": uuid4()})
    assert ask(amara, Try(SMS, NOW)) == []
    assert Event.objects.filter(event="contact.ended", entity_id=waiting.pk).count() == 1


def test_sent_twice_by_one_key_it_is_one_code(at_home, provider):
    form = {"key": uuid4(), "channel": "sms", "address": NUMBER}
    assert {at_home.post("/reach/addresses/", form).status_code for _ in range(2)} == {303}
    assert Delivery.objects.count() == ContactPoint.objects.count() == 1


def test_whoever_picks_up_a_phone_that_lies_unlocked_adds_nothing(at_home, provider):
    DeviceSession.objects.update(verified=timezone.now() - timedelta(minutes=6))
    assert add(at_home)["Location"].startswith("/me/confirm/")
    assert add(at_home, headers=JSON).json()["code"] == "step_up"
    assert not ContactPoint.objects.exists()


def test_eight_on_one_day_are_enough(at_home, provider):
    # Each is a message that the hospital pays, to a number that anybody can type.
    for number in range(8):
        assert add(at_home, f"+44207946010{number}", headers=JSON).status_code == 200
    assert add(at_home, "+442079460109", headers=JSON).json()["code"] == "too_many"
    assert Delivery.objects.count() == 8


def test_a_channel_that_is_not_set_up_here_takes_no_address(at_home, provider):
    for channel in ("email", "pager", "push", "fax", ""):
        assert add(at_home, channel=channel, headers=JSON).status_code == 422
    assert not ContactPoint.objects.exists()


@pytest.mark.parametrize(
    ("channel", "typed", "address"),
    [
        (SMS, "+44 20 7946 0111", "+442079460111"),
        (VOICE, "0044 (20) 7946-0111", "+442079460111"),
        (SMS, "020 7946 0111", None),
        (SMS, "+0207946011", None),
        (SMS, "+442079460111;ext=1", None),
        (SMS, "+44207946011\u0661", None),
        (SMS, "+4420794601111111", None),
        (SMS, "", None),
        (Channel.PAGER, " 5550142 ", "5550142"),
        (Channel.PAGER, "5550142\r\nSEND", None),
        (Channel.EMAIL, "a@b.example", "a@b.example"),
        (Channel.EMAIL, "a@b.example\r\nBcc: c@d.example", None),
        (Channel.EMAIL, "a@b", None),
        (Channel.EMAIL, "a@b.example, c@d.example", None),
        (Channel.EMAIL, "x" * 250 + "@b.example", None),
    ],
)
def test_an_address_is_one_or_none(channel, typed, address):
    assert address_from(channel, typed) == address


def test_the_page_shows_what_is_used_and_what_waits(at_home, waiting):
    page = at_home.get("/reach/").content.decode()
    assert "The code that was sent to +442079460111" in page
    type_code(at_home, waiting, right(waiting))
    page = at_home.get("/reach/").content.decode()
    assert "+442079460111" in page
    assert "The code that was sent to" not in page
