"""Passwords on a phone: the first one becomes one's own, and one's own is changed."""

import pytest

from accounts.models import Membership
from accounts.newcomers import create_person
from tests.journeys.conftest import DESK, PHONE

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

OWN, NEXT = "quilted lantern rivers", "seven dry kettles hum"


def sign_in_on(page, email, password):
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize(("how", "name"), [(PHONE, "phone"), (DESK, "desk")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_newcomer_makes_the_given_password_their_own(phone_of, ward, how, name, scheme):
    person, first = create_person(
        email="wren@readback.example", display_name="Wren Aldergate", role="nurse", unit_names=[], agent=None
    )
    Membership.objects.create(person=person, unit=ward)
    phone = phone_of(None, how=how, scheme=scheme, session="nobody")
    page = phone.page
    sign_in_on(page, person.email, first)
    phone.see("Choose your own password")
    page.get_by_label("Your own password").fill("password1234!")
    page.get_by_role("button", name="Keep this password").click()
    phone.see("tried first")
    phone.picture(f"first-password-{name}-{scheme}")
    page.get_by_label("Your own password").fill(OWN)
    page.get_by_role("button", name="Keep this password").click()
    phone.see("Your password is set")
    phone.picture(f"password-set-{name}-{scheme}")
    sign_in_on(page, person.email, "quilted lantern")
    phone.see("do not belong together")
    sign_in_on(page, person.email, OWN)
    page.wait_for_url(lambda url: not url.endswith("/sign-in/"))
    person.refresh_from_db()
    assert person.first_password_until is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_somebody_changes_theirs_and_stays_signed_in(phone_of, amara, scheme):
    phone = phone_of(amara, scheme=scheme)
    page = phone.page
    page.goto("/me/")
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Present password").fill("incorrect horse")
    page.get_by_label("New password").fill(NEXT)
    page.get_by_role("button", name="Change password").click()
    phone.see("not your present password")
    phone.picture(f"password-wrong-{scheme}")
    page.get_by_label("Present password").fill("correct horse battery")
    page.get_by_label("New password").fill(NEXT)
    page.get_by_role("button", name="Change password").click()
    phone.see("Your password is changed")
    phone.picture(f"password-changed-{scheme}")
    amara.refresh_from_db()
    assert amara.check_password(NEXT)
