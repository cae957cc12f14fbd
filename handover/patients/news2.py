"""NEWS2, the National Early Warning Score 2, as a pure function of one set of vital signs.

Source: Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017: chart 1 (the scores), charts 3 and 4
(thresholds and response). For people of 16 and over who are not pregnant. It is a decision aid: a nurse may always
escalate on concern. A missing parameter is never taken for 0: the score is then incomplete, "at least N".
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite
from typing import Literal, Protocol

from django.utils.translation import gettext as _

TABLE_VERSION = "NEWS2 2017"
ADULT_FROM_YEARS = 16
PARAMETERS = ("respirations", "spo2", "oxygen", "systolic", "pulse", "consciousness", "temperature")

Band = Literal["low", "low-medium", "medium", "high", "incomplete"]


class Observed(Protocol):
    """What is scored. Rates per minute, saturation in %, pressure in mmHg, temperature in degrees Celsius."""

    @property
    def respirations_per_min(self) -> int | None: ...
    @property
    def spo2_percent(self) -> int | None: ...
    @property
    def spo2_scale(self) -> Literal[1, 2]: ...
    @property
    def on_oxygen(self) -> bool | None: ...
    @property
    def systolic_mmhg(self) -> int | None: ...
    @property
    def pulse_per_min(self) -> int | None: ...
    @property
    def consciousness(self) -> str | None: ...
    @property
    def temperature_c(self) -> float | None: ...


class ImpossibleValue(ValueError):
    """A value that no patient has. `field` is the field of VitalSigns; the words say what was expected."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class News2:
    """A score. `total` is the floor when it is not complete; `points` holds None for what was not measured.

    `band` is "incomplete" without all seven parameters; `floor_band` is the risk of the points that are known, and
    `response` is what that floor already asks for.
    """

    total: int
    is_complete: bool
    points: dict[str, int | None]
    band: Band
    floor_band: Band
    response: str
    words: str


def score(observed: Observed) -> News2:
    """The score of one set of vital signs, with its risk band and the response it asks for.

    Raises ImpossibleValue (a ValueError, in words) for a value that cannot be.
    Source: RCP NEWS2 2017, charts 1, 3 and 4.
    """
    require_possible(observed)
    points = _points(observed)
    known = [point for point in points.values() if point is not None]
    total, is_complete = sum(known), len(known) == len(PARAMETERS)
    floor = _band(total, max(known, default=0))
    return News2(
        total=total,
        is_complete=is_complete,
        points=points,
        band=floor if is_complete else "incomplete",
        floor_band=floor,
        response=_response(floor, total),
        words=_words(total, floor, is_complete=is_complete),
    )


def require_possible(observed: Observed) -> None:
    """Raises ImpossibleValue for a value outside what a patient can have, or not whole where it must be.

    Source of the limits on saturation, pulse and temperature: local policy, to be approved by the hospital; the others
    are as wide as a monitor's display.
    """
    for field, low, high, words in _LIMITS:
        value = getattr(observed, field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ImpossibleValue(field, _(words).format(low=low, high=high))
    _require_possible_temperature(observed.temperature_c)
    if observed.spo2_scale not in (1, 2):
        raise ImpossibleValue("spo2_scale", _("The saturation scale is 1 or 2."))
    if observed.consciousness not in (None, "A", "C", "V", "P", "U"):
        raise ImpossibleValue("consciousness", _("Consciousness is one of A, C, V, P and U."))


def applies_to(birth_date: str, *, on: date) -> bool:
    """False for a child: NEWS2 is for people of 16 and over. An unknown or partial date of birth counts by its year.

    `birth_date` is an ISO date, whole or partial; of a year alone the youngest possible age counts as old enough, so
    that an adult with an uncertain birthday keeps the score.
    """
    parts = birth_date.split("-")
    if not parts[0].isdecimal():
        return True
    born = tuple(int(part) for part in parts if part.isdecimal())
    return (born[0] + ADULT_FROM_YEARS, *born[1:]) <= (on.year, on.month, on.day)[: len(born)]


_LIMITS = (
    ("respirations_per_min", 0, 100, "Respirations are a whole number from {low} to {high} per minute."),
    ("spo2_percent", 0, 100, "Oxygen saturation is a whole number from {low} to {high} %."),
    ("systolic_mmhg", 0, 350, "Systolic pressure is a whole number from {low} to {high} mmHg."),
    ("pulse_per_min", 0, 300, "The pulse is a whole number from {low} to {high} per minute."),
)
_LOWEST_C, _HIGHEST_C = 25, 45


def _require_possible_temperature(value: float | None) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isfinite(value) or not _LOWEST_C <= value <= _HIGHEST_C:
        words = _("The temperature is a number from {low} to {high} degrees Celsius.")
        raise ImpossibleValue("temperature_c", words.format(low=_LOWEST_C, high=_HIGHEST_C))


def _points(observed: Observed) -> dict[str, int | None]:
    temperature = observed.temperature_c
    return {
        "respirations": _banded(observed.respirations_per_min, (8, 3), (11, 1), (20, 0), (24, 2), above=3),
        "spo2": _saturation(observed),
        "oxygen": None if observed.on_oxygen is None else 2 * observed.on_oxygen,
        "systolic": _banded(observed.systolic_mmhg, (90, 3), (100, 2), (110, 1), (219, 0), above=3),
        "pulse": _banded(observed.pulse_per_min, (40, 3), (50, 1), (90, 0), (110, 1), (130, 2), above=3),
        "consciousness": None if observed.consciousness is None else 3 * (observed.consciousness != "A"),
        "temperature": _banded(
            None if temperature is None else tenths(temperature), (350, 3), (360, 1), (380, 0), (390, 1), above=2
        ),
    }


def tenths(temperature_c: float) -> int:
    """The temperature in tenths of a degree, rounded as a nurse rounds (half up): 38.05 is 381."""
    return int((Decimal(str(temperature_c)) * 10).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _saturation(observed: Observed) -> int | None:
    """Scale 2 asks whether the patient breathes oxygen from 93 % on: without that answer the parameter is missing."""
    value = observed.spo2_percent
    if observed.spo2_scale == 1:
        return _banded(value, (91, 3), (93, 2), (95, 1), above=0)
    if value is None or value <= 92:
        return _banded(value, (83, 3), (85, 2), (87, 1), above=0)
    if observed.on_oxygen is None:
        return None
    return _banded(value, (94, 1), (96, 2), above=3) if observed.on_oxygen else 0


def _banded(value: int | None, *steps: tuple[int, int], above: int) -> int | None:
    """The points of the first step whose upper edge holds the value; `above` beyond the last."""
    if value is None:
        return None
    return next((points for edge, points in steps if value <= edge), above)


def _band(total: int, highest_single: int) -> Band:
    if total >= 7:
        return "high"
    if total >= 5:
        return "medium"
    return "low-medium" if highest_single == 3 else "low"


def _response(band: Band, total: int) -> str:
    if band == "high":
        return _("Emergency: critical-care competent team now, observe continuously.")
    if band == "medium":
        return _("Urgent: tell the medical team at once, observe at least hourly.")
    if band == "low-medium":
        return _("Tell the medical team, who review; observe at least hourly.")
    if total:
        return _("A registered nurse assesses; observe at least every 4 to 6 hours.")
    return _("Routine: observe at least every 12 hours.")


def _words(total: int, band: Band, *, is_complete: bool) -> str:
    if not is_complete:
        return _("NEWS2 incomplete, at least {total}").format(total=total)
    risk = {"low": _("low"), "low-medium": _("low to medium"), "medium": _("medium"), "high": _("high")}[band]
    return _("NEWS2 {total}, {risk} risk").format(total=total, risk=risk)
