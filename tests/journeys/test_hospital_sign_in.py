"""Signing in by the hospital's own provider, in a browser: away, back to the page that was wanted, and out with it."""

import re
import shutil
import time

import httpx2
import pytest
from joserfc import jwt

from accounts.models import DeviceSession
from accounts.sso.models import Identity
from accounts.sso.provider import BACK
from tests.journeys.conftest import PHONE, PICTURES, TIMEOUT_MS, wait_until_nobody_asks
from tests.processes.rig import Rig, free_ports
from tests.sso import idp
from tests.sso.conftest import RealProvider
from tests.sso.test_logout import EVENT, LOGOUT

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hospital(transactional_db, tmp_path):
    """(server, provider): a server that knows a real provider, which takes a password alone for enough."""
    (port,) = free_ports(1)
    secret = tmp_path / "client-secret"
    secret.write_text(idp.CLIENT_SECRET)
    told = {
        "READBACK_OIDC_ISSUER": f"http://127.0.0.1:{port}",
        "READBACK_OIDC_CLIENT_ID": idp.CLIENT_ID,
        "READBACK_OIDC_CLIENT_SECRET_FILE": str(secret),
        "READBACK_OIDC_AMR_VALUES": "pwd",
    }
    rig = Rig()
    try:
        (server,) = rig.start(1, extra=told)
        provider = RealProvider(tmp_path, port=port, back=f"{server.url}{BACK}")
        yield server, provider
        provider.stop()
    finally:
        rig.stop()
        shutil.rmtree(rig.directory, ignore_errors=True)


def test_she_signs_in_at_the_provider_lands_where_she_wanted_and_is_out_when_it_says_so(hospital, chromium, amara):
    server, provider = hospital
    Identity.objects.create(person=amara, issuer=provider.url, subject="amara")
    context = chromium.new_context(**PHONE, base_url=server.url)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto("/directory/")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "hospital-sign-in.png")
    page.get_by_role("link", name="Sign in with the hospital's account").click()
    page.locator("input[name=login]").fill("amara")
    page.locator("button[name=answer]").click()
    page.locator("input[name=password]").fill(idp.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"{server.url}/directory/")
    page.locator("[data-live-state][data-state=live]").wait_for()
    assert DeviceSession.objects.get().factor == "sso"

    now = int(time.time())
    claims = {"iss": provider.url, "aud": idp.CLIENT_ID, "iat": now, "exp": now + 60, "jti": "j", "sub": "amara"}
    token = jwt.encode({"alg": "RS256", "kid": provider.key.kid}, {**claims, "events": {EVENT: {}}}, provider.key)
    answer = httpx2.post(f"{server.url}{LOGOUT}", data={"logout_token": token}, trust_env=False)
    assert answer.status_code == 200
    page.wait_for_url(re.compile("/sign-in/"))
    assert "Amara" not in page.content()
    page.goto(f"{BACK}?state=x&code=y")
    page.screenshot(path=PICTURES / "hospital-sign-in-refused.png")
    context.close()
    wait_until_nobody_asks()
