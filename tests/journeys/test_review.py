"""J12: a look that nobody had a reason for is found by the rules, asked about, answered on the phone, and settled."""

import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from tests.journeys.conftest import DESK

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

MOST_CLICKS, MOST_TAPS = 8, 2


@pytest.fixture
def flagged(actor, noor, officer, make_person, patient):
    """Noor opened the record of a colleague without any relationship; the scanner has judged it."""
    from audit.review import marks, scanner
    from audit.review.models import Flag
    from ledger.services import record

    tove = make_person("tove@readback.example", "Tove Alderwick", "nurse")
    told = {"patient_id": patient.pk, "kind": "staff", "staff": tove, "why": "The records office told us."}
    marks.mark_patient(actor(officer), key=uuid4(), **told)
    for _ in range(3):
        record("patient.read", agent=actor(noor).agent, patient_id=patient.pk)
    now = timezone.now()
    with transaction.atomic():
        scanner.judge(max(now - timedelta(minutes=5), scanner.day_begins(now)), now + timedelta(minutes=1))
    return Flag.objects.get(person=noor)


def test_a_flag_is_settled_in_eight_clicks_and_answered_in_two_taps(phone_of, flagged, noor, officer, capsys):
    desk, phone = phone_of(officer, how=DESK), phone_of(noor)
    phone.open("/inbox/")
    desk.open("/audit/")
    desk.start_counting()
    desk.tap("a[href='/audit/flags/']")
    desk.see("Opened the record of somebody who works here, without looking after them, 3 times within a minute.")
    desk.tap(".review-row a")
    desk.tap("button", text="Ask")
    desk.see("No answer yet.")
    desk.tap(".titlebar a[href='/audit/flags/']")
    desk.see("Who should be asked")
    desk.page.locator("[data-live-state][data-state=live]").wait_for()
    phone.see("A question about a record", within="#toasts")
    phone.start_counting()
    phone.tap("a[href^='/questions/']")
    phone.tap("button", text="Opened by mistake")
    desk.see("Your question was answered", within="#toasts")
    desk.tap("#toasts a")
    phone.see("Sent. The compliance office reads it.")
    desk.see("Opened by mistake")
    desk.tap("label", text="A breach")
    desk.type("[name=note]", "Opened three times; a mistake happens once.")
    desk.tap("button", text="Settle it")
    desk.see("days left to tell people")
    desk.see("Seen on the screen: 3 times")
    told = (
        f"\n  review: {desk.taps} clicks (at most {MOST_CLICKS}), answered in {phone.taps} taps (at most {MOST_TAPS}), "
    )
    with capsys.disabled():  # The figures are read by people: they stand in the run's output.
        sys.stdout.write(told + f"{desk.seconds():.1f} s in all\n")
    desk.picture("review-breach")
    assert (desk.taps <= MOST_CLICKS, phone.taps <= MOST_TAPS) == (True, True)
    assert desk.errors == phone.errors == []
