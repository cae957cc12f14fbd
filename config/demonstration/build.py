"""Builds the demonstration hospital once: what is there already stays as people have left it."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import Facility
from config.demonstration.beds import make_beds
from config.demonstration.hospital import make_house
from config.demonstration.names import UNITS
from config.demonstration.patients import make_patients
from config.demonstration.roles import make_roles
from config.demonstration.seeds import Scale, id_of
from config.demonstration.stories import play
from config.demonstration.words import make_words
from live.acting import acting_as_system


@dataclass(frozen=True)
class Built:
    """What there is afterwards. `is_new` is False where nothing had to be made."""

    is_new: bool
    patients: int = 0
    handovers: int = 0


@acting_as_system("demonstration")
def build(scale: Scale) -> Built:
    """The hospital with its people and patients, in one transaction; then its handovers, act by act.

    A start that was interrupted between the two is finished by the next one.
    """
    now, made = timezone.now(), 0
    if not Facility.objects.filter(pk=id_of("facility", UNITS[0].facility)).exists():
        with transaction.atomic():
            house = make_house(scale, now=now)
            make_roles(house, now=now)
            everybody = make_patients(house, scale, now=now)
            make_beds(everybody, now=now)
            make_words(house, now=now)
            made = len(everybody)
    told = play(scale, now=now)
    return Built(is_new=bool(made or told), patients=made, handovers=told)
