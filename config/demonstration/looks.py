"""Two looks that stand out, so that the officer's desk has something to judge: played by acts, found by the rules.

A doctor breaks the glass to the record of a nurse of the house, without a need that shows; and somebody tries one name
after the other and opens nobody. The scanner raises both as it would on any day.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Role
from audit.review import scanner
from audit.review.marks import mark_patient
from audit.review.models import PatientMark
from config.demonstration.names import ACUTE, SEVEN_EAST
from config.demonstration.stage import Stage
from handover.patients import selectors
from handover.patients.glass.services import break_glass
from handover.patients.models import Patient
from handover.patients.sealed import identity_of

STORY = "looks that stand out"
NAMES = ("Abernathy", "Bagshaw", "Cadwallader", "Dunwoody", "Entwistle", "Gathercole", "Hathersage", "Jellicoe")
TIMES = 2


def look(stage: Stage) -> None:
    """Both are played and judged; what was played before gives its first answer again and raises nothing new."""
    officer = stage.actor("ingrid@readback.example")
    noor = stage.actor("noor@readback.example")
    place = stage.patient(ACUTE, 5)
    if place is None:
        return
    patient = Patient.objects.get(pk=place.id)
    nurse = stage.colleague(SEVEN_EAST, Role.NURSE, but=noor)
    mark_patient(
        officer,
        key=stage.key(STORY),
        patient_id=patient.pk,
        kind=PatientMark.Kind.STAFF,
        staff=nurse.person,
        why="The records office told us.",
    )
    doctor = stage.colleague(SEVEN_EAST, Role.PHYSICIAN, but=noor)
    who = identity_of(patient)
    break_glass(
        doctor,
        key=stage.key(STORY),
        record_number=who.record_number,
        birth_date=who.birth_date,
        code="other",
        words="I wanted to know how she is",
    )
    for _again in range(2):
        selectors.patient_page(doctor, patient.pk)
    _try_names(stage)
    now = timezone.now()
    with transaction.atomic():
        scanner.judge(scanner.day_begins(now), now + timedelta(seconds=1))


def _try_names(stage: Stage) -> None:
    curious = stage.colleague(ACUTE, Role.NURSE, but=stage.actor("amara@readback.example"))
    born: datetime = stage.now - timedelta(days=40 * 365)
    for number, family in enumerate(NAMES * TIMES):
        day = (born - timedelta(days=400 * number)).date().isoformat()
        selectors.search(curious, at=stage.now, family=family, birth_date=day)
