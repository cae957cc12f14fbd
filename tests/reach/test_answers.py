"""A page that is acknowledged by telephone: a key in a call, or a text message, told by the provider alone."""

import json
import time
from uuid import uuid4

import pytest

from handover.reach import answers, services
from handover.reach.channels import signing
from handover.reach.models import Delivery, GatewayEvent
from handover.reach.rules import Try
from ledger.models import Event
from live.refusals import Conflict
from tests.reach.conftest import KIND, NOW, NUMBER, SMS, VOICE

pytestmark = pytest.mark.django_db
URL = "/reach/answers/"


@pytest.fixture
def owned(monkeypatch):
    """What was acknowledged, by whom: the room above, which does its own act."""
    owned = []

    def own(subject_id, person_id, said):
        owned.append((subject_id, person_id, said.name))
        return "You own it."

    monkeypatch.setitem(services._answers, KIND, own)
    return owned


@pytest.fixture
def called(amara, give, ask, box, provider):
    """The call that Amara gets, as it was sent to the provider."""
    give(amara, VOICE)
    (row,) = ask(amara, Try(VOICE, NOW))
    box.drain()
    return row


@pytest.fixture
def texted(amara, give, ask, box, provider):
    give(amara, SMS)
    (row,) = ask(amara)
    box.drain()
    return row


def tell(client, *, purpose="answer", headers=None, at=None, **said):
    """The provider's request, signed as docs/channels.md says."""
    body = json.dumps({"event": f"event-{uuid4()}", **said}).encode()
    timestamp = str(int(at or time.time()))
    signed = {
        signing.TIMESTAMP: timestamp,
        signing.SIGNATURE: signing.sign(body, timestamp=timestamp, purpose=purpose),
    }
    return client.post(URL, body, content_type="application/json", headers={**signed, **(headers or {})})


def said(response):
    assert response.status_code == 200, response.content
    return response.json()["say"]


def test_the_key_one_owns_the_page_and_the_words_are_spoken(client, amara, called, owned):
    response = tell(client, channel="voice", id=str(called.pk), digit="1")
    assert said(response) == "You own it."
    assert owned == [(called.subject_id, amara.pk, "OWNS")]
    called.refresh_from_db()
    assert called.answered is not None


@pytest.mark.parametrize(("digit", "answer"), [("2", "PASSES"), ("3", "WRONG_PERSON")])
def test_busy_and_wrong_person_have_a_key_each(client, amara, called, owned, digit, answer):
    assert said(tell(client, channel="voice", id=str(called.pk), digit=digit)) == "You own it."
    assert owned == [(called.subject_id, amara.pk, answer)]


@pytest.mark.parametrize(("digit", "answer"), [("2", "PASSES"), ("3", "WRONG_PERSON")])
def test_busy_and_wrong_person_are_said_by_a_text_message_too(client, amara, texted, owned, digit, answer):
    tell(client, channel="sms", **{"from": NUMBER}, text=f"{digit} {texted.code}")
    assert owned == [(texted.subject_id, amara.pk, answer)]


def test_the_call_says_which_keys_there_are(called, provider):
    (body,) = provider.bodies()
    assert "Press 1 to own it. Press 2 if you cannot. Press 3 if it is not yours." in body["text"]


def test_another_key_owns_nothing(client, called, owned):
    for digit in ("", "4", "0", "#"):
        words = said(tell(client, channel="voice", id=str(called.pk), digit=digit))
        assert words == "Press 1 to own it, 2 if you cannot, 3 if it is not yours."
    assert owned == []


def test_a_text_message_with_the_code_owns_the_page(client, amara, texted, owned):
    sender = "+44 20 7946-0111"
    assert said(tell(client, channel="sms", text=f" 1 {texted.code}\n", **{"from": sender})) == "You own it."
    assert owned == [(texted.subject_id, amara.pk, "OWNS")]


def test_the_code_from_another_number_owns_nothing(client, lee, give, texted, owned):
    # The attack: Lee has seen the code on Amara's telephone, or a stranger has.
    give(lee, SMS, "+442079460122")
    for number in ("+442079460122", "+442079460199", "", NUMBER + "1"):
        said(tell(client, channel="sms", text=f"1 {texted.code}", **{"from": number}))
    assert owned == []


def test_a_number_that_two_people_have_given_answers_for_neither(client, lee, give, texted, owned):
    give(lee, SMS, NUMBER)
    assert "does not know" in said(tell(client, channel="sms", text=f"1 {texted.code}", **{"from": NUMBER}))
    assert owned == []


def test_codes_that_are_guessed_are_refused_after_five(client, texted, owned):
    # The attack: a text message in Amara's name is easily forged, and the code has four digits.
    other = next(str(code) for code in range(1000, 9999) if str(code) != texted.code)
    for _ in range(answers.MOST_WRONG):
        assert "No page has this code" in said(tell(client, channel="sms", text=f"1 {other}", **{"from": NUMBER}))
    assert "Too many" in said(tell(client, channel="sms", text=f"1 {texted.code}", **{"from": NUMBER}))
    assert owned == []


def test_the_same_event_is_taken_once(client, called, owned):
    # The attack: a request that was overheard is sent once more within the minutes in which its signature is good; and
    # no attack at all, but a provider whose first answer was lost.
    for _ in range(2):
        response = tell(client, event="event-of-the-provider", channel="voice", id=str(called.pk), digit="1")
    assert said(response) == ""
    assert len(owned) == 1


def test_an_act_that_was_lost_on_the_way_is_done_at_the_next_try(client, called, owned, monkeypatch):
    own, broken = services._answers[KIND], [True]

    def breaks(subject_id, person_id, said):
        if broken:
            broken.clear()
            raise LookupError
        return own(subject_id, person_id, said)

    monkeypatch.setitem(services._answers, KIND, breaks)
    client.raise_request_exception = False
    again = {"event": "event-of-the-provider", "channel": "voice", "id": str(called.pk), "digit": "1"}
    assert tell(client, **again).status_code == 500
    assert said(tell(client, **again)) == "You own it."
    assert len(owned) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {signing.SIGNATURE: "v1=" + "0" * 64}},
        {"headers": {signing.SIGNATURE: ""}},
        {"headers": {signing.SIGNATURE: "é"}},
        {"headers": {signing.TIMESTAMP: "yesterday"}},
        {"headers": {signing.TIMESTAMP: "１２３"}},
        {"headers": {signing.TIMESTAMP: "9" * 400}},
        {"at": 1_000_000_000},
        {"at": time.time() + 7200},
        # What this installation signed itself is no answer: the provider could send it back.
        {"purpose": "send voice"},
        {"text": "x" * 5000},
    ],
)
def test_what_the_provider_did_not_sign_now_and_for_this_is_refused(client, called, owned, wrong):
    response = tell(client, **{"channel": "voice", "id": str(called.pk), "digit": "1", **wrong})
    assert response.status_code == 403
    assert (owned, GatewayEvent.objects.count()) == ([], 0)
    assert Event.objects.filter(event="reach.refused", reason="not_signed").exists()


def test_without_a_secret_nothing_is_signed(client, called, owned, settings):
    # The attack: HMAC under an empty key, which anybody can compute, where an operator has set none.
    settings.GATEWAY_SECRET = ""
    assert tell(client, channel="voice", id=str(called.pk), digit="1").status_code == 403
    assert owned == []


@pytest.mark.parametrize(
    "said",
    [
        {"channel": "voice", "id": "no id"},
        {"channel": "fax"},
        {"channel": "voice", "event": "short"},
        {"channel": "voice", "event": "e" * 65},
        {"channel": "sms", "text": "x" * 2001},
        {"channel": "sms", "from": "9" * 41},
    ],
)
def test_what_is_not_of_the_form_is_refused_and_its_number_is_quoted_nowhere(client, provider, said, caplog):
    response = tell(client, **said)
    assert response.status_code == 422
    assert "999" not in response.content.decode() + caplog.text


@pytest.mark.parametrize("text", ["", "1", "yes", "1 12345", "4 {code}", "1 {code} and more", "{code}", "١ {code}"])
def test_a_text_message_that_is_no_answer_owns_nothing(client, texted, owned, text):
    assert "No page has" in said(tell(client, channel="sms", text=text.format(code=texted.code), **{"from": NUMBER}))
    assert owned == []


def test_a_refusal_is_told_in_its_words(client, called, monkeypatch):
    def refuses(subject_id, person_id, said):
        raise Conflict("Lee has owned this page since 14:02.")

    monkeypatch.setitem(services._answers, KIND, refuses)
    response = tell(client, channel="voice", id=str(called.pk), digit="1")
    assert said(response) == "Lee has owned this page since 14:02."
    called.refresh_from_db()
    assert called.answered is None


def test_a_call_of_yesterday_or_of_somebody_who_has_left_owns_nothing(client, amara, called, owned):
    type(amara).objects.filter(pk=amara.pk).update(is_active=False)
    assert "no page" in said(tell(client, channel="voice", id=str(called.pk), digit="1"))
    type(amara).objects.filter(pk=amara.pk).update(is_active=True)
    Delivery.objects.update(made="2026-01-01T00:00Z")
    assert "no page" in said(tell(client, channel="voice", id=str(called.pk), digit="1"))
    assert owned == []


def test_a_channel_that_is_not_answered_by_is_refused(client, provider):
    assert tell(client, channel="email").status_code == 403


def test_the_provider_can_check_what_it_is_sent(called, provider):
    # By its own reading of docs/channels.md: nothing of this project is used.
    import hashlib
    import hmac

    headers, body = provider.requests[0]
    message = b"send voice\n" + headers["Readback-Timestamp"].encode() + b"\n" + body
    mac = hmac.new(b"a secret of the provider's, for tests only", message, hashlib.sha256).hexdigest()
    assert headers["Readback-Signature"] == f"v1={mac}"
    assert json.loads(body)["callback"] == "http://localhost:8000/reach/answers/"
