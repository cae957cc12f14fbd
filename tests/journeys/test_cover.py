"""J9: somebody cannot do tonight's turn: cover is asked for in at most four taps, taken by one, undone by one.

The taps are counted and the seconds printed; a page that waits for a busy machine is no failure here.
"""

import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from handover.duty.models import CoverRequest
from handover.duty.selectors import held_at

# What the page's notices have said since it was loaded.
KEEP_WHAT_WAS_TOLD = """window.told = [];
addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("toasts");
  if (place) new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) window.told.push(node.textContent);
  }).observe(place, { childList: true });
});"""
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def tonight(actor, admin_person, amara, lee, noor, emergency):
    """Amara holds the unit's role tonight, Lee is free and rested, and Noor leads the unit now."""
    from accounts.models import Membership
    from handover.duty import services
    from handover.duty.services import NewRole

    for person in (lee, noor):
        Membership.objects.create(person=person, unit=emergency)
    by, now = actor(admin_person), timezone.now()
    roles = {}
    for name, more in (("Night nurse on call", {"is_safety_critical": True}), ("Unit lead", {"is_lead": True})):
        roles[name] = services.make_role(by, key=uuid4(), unit_id=emergency.pk, new=NewRole(name, **more))

    def hold(name, person, hours, length):
        span = {"starts": now + timedelta(hours=hours), "ends": now + timedelta(hours=hours + length)}
        services.set_holder(by, key=uuid4(), role_id=roles[name].pk, person_id=person.pk, **span)

    hold("Night nurse on call", amara, 6, 12)
    hold("Unit lead", noor, 0, 12)
    return roles["Night nurse on call"], now + timedelta(hours=8)


def was_told(phone, words):
    """Waits until a notice said so. It may be gone again: one that is no alert stays for some seconds."""
    phone.page.wait_for_function("words => window.told.some((text) => text.includes(words))", arg=words)


def is_held_by(role, at):
    return held_at(role, at=at).person_id


def test_tonights_turn_is_covered_by_a_colleague_and_taken_back(phone_of, amara, lee, noor, tonight, capsys):
    role, night = tonight
    asking, answering, lead = phone_of(amara), phone_of(lee), phone_of(noor)
    answering.open("/inbox/")
    lead.open("/inbox/")
    asking.open("/patients/")

    for phone in (asking, answering, lead):
        phone.page.add_init_script(KEEP_WHAT_WAS_TOLD)
        phone.page.reload()
        phone.page.locator("[data-live-state][data-state=live]").wait_for()
    asking.start_counting()
    asking.tap("nav a", text="Me")
    asking.tap("main a", text="Duty")
    asking.tap("form[action$='/cover/'] button", text="Find cover")
    asking.see("Cover asked for")
    taps, seconds = asking.taps, asking.seconds()
    assert taps <= 4
    assert is_held_by(role, night) == amara.pk

    was_told(answering, "Can you cover?")
    answering.open("/inbox/")
    answering.page.locator("#inbox a", has_text="Can you cover?").click()
    answering.start_counting()
    answering.tap("button", text="I take it")
    answering.see("It is yours")
    assert answering.taps == 1
    assert is_held_by(role, night) == lee.pk

    was_told(lead, "Cover was found")
    # On the page that it is about nothing is told: it shows it, without a reload.
    asking.see("Lee Sparrowhawk has taken it")
    asking.tap("form[action$='/undo/'] button", text="Undo")
    asking.see("It is as it was before")
    answering.page.locator("form[action$='/undo/']").wait_for(state="detached")
    assert is_held_by(role, night) == amara.pk
    assert CoverRequest.objects.get().undone is not None
    with capsys.disabled():
        sys.stdout.write(f"\n  J9: {taps} taps (4 allowed), {seconds:.1f} s to 'cover asked for' (15 allowed)\n")
