"""Signing in as people do, with Chromium's virtual authenticator as their passkey. Taps are counted."""

import re
from time import time

import oathtool
import pytest

from config.steps import say
from tests.conftest import PASSWORD
from tests.factors.authenticator import Authenticator
from tests.factors.phones import app_of, code_of, give_authenticator
from tests.journeys.conftest import PHONE, TIMEOUT_MS, Phone, wait_until_nobody_asks

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


SHOW_ANY_PASSKEY = """async () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
    const post = (url, body) => fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    const plain = (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = (text) => Uint8Array.from(plain(text), (letter) => letter.charCodeAt(0));
    const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
        .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const { challenge, rpId } = await (await post("/sign-in/passkey/begin/", {})).json();
    const asked = { challenge: bytes(challenge), rpId, userVerification: "required" };
    const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: asked });
    const parts = ["clientDataJSON", "authenticatorData", "signature", "userHandle"];
    const said = Object.fromEntries(parts.map((part) => [part, text(response[part])]));
    const answer = { id, rawId: text(rawId), type, response: said, clientExtensionResults: {} };
    return (await post("/sign-in/passkey/", answer)).status;
}"""


@pytest.fixture
def browser_of(chromium, named_house):
    """browser_of(person, is_copied=False): their phone with an authenticator, signed in nowhere."""
    made = []

    def give(person, *, is_copied=False):
        context = chromium.new_context(**PHONE, base_url=named_house.url)
        context.set_default_timeout(TIMEOUT_MS)
        phone = Phone(context.new_page(), person)
        phone.hold = give_authenticator(phone.page, is_copied=is_copied)
        made.append(phone)
        return phone

    yield give
    for phone in made:
        phone.page.goto("about:blank")
        phone.page.context.close()
    wait_until_nobody_asks()
    assert [error for phone in made for error in phone.errors] == []


def forget_who(phone):
    """The browser has no session. The page goes first: one that is open would notice, and leave by itself."""
    phone.page.goto("about:blank")
    phone.page.context.clear_cookies()


def by_password(phone):
    phone.page.goto("/sign-in/")
    phone.type("#id_email", phone.person.email)
    phone.type("#id_password", PASSWORD)
    phone.page.get_by_role("button", name="Sign in", exact=True).click()


A_CARD = """document.dispatchEvent(new CustomEvent("readback:event", { detail: { view: {
    title: "A new way to sign in as you was added", tone: "alert", url: "/me/",
    line: "Was that not you? End the other devices and tell an administrator." } } }))"""


def test_a_nurse_enrols_a_passkey_at_the_first_sign_in_and_then_needs_nothing_else(browser_of, amara, capsys):
    from django_otp_webauthn.models import WebAuthnCredential

    from accounts.factors.models import RecoveryCode
    from accounts.models import DeviceSession

    phone = browser_of(amara)
    by_password(phone)
    phone.see("One minute, once")
    phone.picture("factors-enrol")
    phone.tap("button", text="Make a passkey")
    phone.see("For the day your phone is gone")
    phone.tap("button", text="Make ten codes")
    phone.see("Your ten recovery codes")
    # The card that says so stands at the foot of the page: what is below it can be scrolled up from under it.
    phone.page.evaluate(A_CARD)
    phone.page.locator(".toast").first.wait_for()
    phone.picture("factors-codes")
    phone.tap("a", text="I have kept them")
    phone.page.wait_for_url("**/patients/")
    assert WebAuthnCredential.objects.filter(user=amara).count() == 1
    assert RecoveryCode.objects.count() == 10
    forget_who(phone)
    phone.page.goto("/sign-in/?next=/me/")
    phone.start_counting()
    phone.tap("button", text="Sign in with a passkey")
    phone.see("Amara Thistledown")
    with capsys.disabled():
        say(f"  by passkey: {phone.taps} tap, {phone.seconds():.1f} s of machine")
    assert phone.taps == 1
    assert DeviceSession.objects.filter(person=amara).latest("started").factor == "passkey"


def test_whoever_signs_in_by_passkey_says_by_a_tick_that_the_phone_is_shared(browser_of, amara):
    from accounts.models import DeviceSession

    phone = browser_of(amara)
    phone.hold(Authenticator(amara))
    phone.page.goto("/sign-in/")
    phone.tap("label", text="Several people use this phone")
    phone.picture("factors-sign-in")
    phone.tap("button", text="Sign in with a passkey")
    phone.see("A PIN for this shift")
    session = DeviceSession.objects.get(person=amara)
    assert (session.kind, session.opened_by) == ("shared", "passkey")


def test_a_physician_enrols_an_app_at_the_first_sign_in_and_signs_in_by_it(browser_of, noor):
    """The codes are oathtool's: an app that knows nothing of ours but the key on the page."""
    from accounts.models import DeviceSession

    phone = browser_of(noor)
    by_password(phone)
    phone.tap("a", text="Use an app")
    phone.page.locator("#typed summary").click()
    key = phone.page.locator("#typed .key").inner_text().replace(" ", "")
    phone.type("#code", oathtool.generate_otp(key))
    phone.tap("button", text="This is my app")
    phone.see("For the day your phone is gone")
    forget_who(phone)
    by_password(phone)
    phone.type("#code", oathtool.generate_otp(key, hotp_value=int(time() // 30) + 1))  # the next one: each is good once
    phone.tap("button", text="Go on")
    phone.page.wait_for_url("**/patients/")
    assert DeviceSession.objects.filter(person=noor).latest("started").factor == "totp"


def test_a_physician_signs_in_by_an_apps_code_and_by_a_recovery_code(browser_of, noor):
    from accounts.factors import services
    from accounts.models import DeviceSession

    app = app_of(noor)
    phone = browser_of(noor)
    by_password(phone)
    phone.see("Show that it is you")
    phone.picture("factors-second")
    phone.type("#code", code_of(app))
    phone.tap("button", text="Go on")
    phone.page.wait_for_url("**/patients/")
    session = DeviceSession.objects.get(person=noor, ended=None)
    code = services.make_recovery_codes(session)[6]
    forget_who(phone)
    by_password(phone)
    phone.type("#code", "A-0000-0000-0000")
    phone.tap("button", text="Go on")
    phone.see("That code is not right")
    phone.type("#code", code)
    phone.tap("button", text="Go on")
    phone.page.wait_for_url("**/patients/")
    assert DeviceSession.objects.filter(person=noor, ended=None, factor="recovery").count() == 1


def test_an_administrator_needs_a_passkey_that_stays_on_its_device(browser_of, admin_person):
    from django_otp_webauthn.models import WebAuthnCredential

    copied = browser_of(admin_person, is_copied=True)
    by_password(copied)
    copied.see("stays on one device")
    assert copied.page.get_by_text("Use an app").count() == 0
    copied.tap("button", text="Make a passkey")
    copied.see("Your role signs in with a passkey that stays on one device")
    assert not WebAuthnCredential.objects.exists()
    bound = browser_of(admin_person)
    by_password(bound)
    bound.tap("button", text="Make a passkey")
    bound.see("Oskar Fernsby")
    assert WebAuthnCredential.objects.filter(user=admin_person, backup_eligible=False).count() == 1


def test_a_passkey_of_somebody_else_is_no_second_step_of_mine(browser_of, amara, lee):
    """The phone holds Lee's passkey and whoever has it knows Amara's password: it opens nothing of hers."""
    from accounts.models import DeviceSession
    from ledger.models import Event

    phone = browser_of(lee)
    by_password(phone)
    phone.tap("button", text="Make a passkey")
    phone.see("For the day your phone is gone")
    hers = browser_of(amara)
    by_password(hers)
    hers.tap("button", text="Make a passkey")
    hers.see("For the day your phone is gone")
    forget_who(phone)
    phone.person = amara
    by_password(phone)
    phone.tap("button", text="Use my passkey")
    phone.see("No passkey was shown")
    # The browser kept to the list of hers. A thief's own script does not: it shows any passkey that the phone holds.
    assert phone.page.evaluate(SHOW_ANY_PASSKEY) == 422
    assert DeviceSession.objects.filter(person=amara).latest("started").verified is None
    assert Event.objects.filter(event="session.verified", outcome="refused", reason="passkey").exists()
    phone.page.goto("/me/")
    phone.see("Show that it is you")


def test_the_same_answer_of_a_passkey_does_not_count_twice(browser_of, amara):
    phone = browser_of(amara)
    by_password(phone)
    phone.tap("button", text="Make a passkey")
    phone.see("For the day your phone is gone")
    forget_who(phone)
    phone.page.goto("/sign-in/")
    with phone.page.expect_request(re.compile(r"/sign-in/passkey/\?next=")) as asked:
        phone.tap("button", text="Sign in with a passkey")
        phone.page.wait_for_url("**/patients/")
    forget_who(phone)
    phone.page.goto("/sign-in/")
    token = phone.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    headers = {
        "X-CSRFToken": token,
        "Content-Type": "application/json",
        "Origin": phone.page.evaluate("location.origin"),
    }
    for begin_first in (False, True):
        if begin_first:
            phone.page.request.post("/sign-in/passkey/begin/", data="{}", headers=headers)
        answer = phone.page.request.post("/sign-in/passkey/", data=asked.value.post_data, headers=headers)
        assert answer.status == 422
    phone.page.goto("/me/")
    phone.see("Sign in to this device")
