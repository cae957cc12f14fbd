"""Builds the demonstration hospital once: what is there already stays as people have left it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import Facility
from config.demonstration.hospital import make_house
from config.demonstration.names import UNITS
from config.demonstration.patients import make_patients
from config.demonstration.seeds import Scale, id_of


@dataclass(frozen=True)
class Built:
    """What there is afterwards. `is_new` is False where nothing had to be made."""

    is_new: bool
    patients: int = 0
    handovers: int = 0


def build(scale: Scale) -> Built:
    """The hospital with its people and patients, in one transaction; then its handovers, act by act."""
    if Facility.objects.filter(pk=id_of("facility", UNITS[0].facility)).exists():
        return Built(is_new=False)
    now = timezone.now()
    with transaction.atomic():
        house = make_house(scale, now=now)
        patients = make_patients(house, scale, now=now)
    return Built(is_new=True, patients=len(patients))
