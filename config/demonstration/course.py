"""48 hours of vital signs that fit an illness: how far from normal it is carried, and when it turned."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from config.demonstration.cases import Case
from handover.patients.documents import IllnessSeverity

# How far from normal (0) towards a crisis (1) the last observations lie.
_DISTANCE = {
    IllnessSeverity.UNSTABLE: (0.8, 1.1),
    IllnessSeverity.WATCHER: (0.4, 0.65),
    IllnessSeverity.STABLE: (0.0, 0.22),
    None: (0.1, 0.45),
}
_EVERY = {
    IllnessSeverity.UNSTABLE: timedelta(hours=1),
    IllnessSeverity.WATCHER: timedelta(hours=2),
    IllnessSeverity.STABLE: timedelta(hours=4),
    None: timedelta(hours=2),
}
_TURNED_BEFORE = timedelta(hours=12)
_OBSERVED_FOR = timedelta(hours=48)


def course_of(
    rng: Random, case: Case, *, severity: IllnessSeverity | None, since: datetime, now: datetime, age: int
) -> list[dict[str, object]]:
    """The fields of each set of vital signs, oldest first: every four hours, and more often since it turned."""
    distance = rng.uniform(*_DISTANCE[severity])
    began = rng.uniform(0.1, 0.25)
    last = now - timedelta(minutes=rng.randrange(4, 55))
    times = _times(last, start=max(since, now - _OBSERVED_FOR), every=_EVERY[severity])
    sets = []
    for taken in times:
        turned = max(0.0, 1 - (last - taken) / _TURNED_BEFORE)
        sets.append(_observed(rng, case, at=began + (distance - began) * turned, taken=taken, age=age))
    # A set that somebody took in passing: without a temperature there is no total.
    if rng.random() < 0.06:
        sets[-1]["temperature_c"] = None
    return sets


def _times(last: datetime, *, start: datetime, every: timedelta) -> list[datetime]:
    def backwards() -> Iterator[datetime]:
        at = last
        while at >= start:
            yield at
            at -= every if last - at < _TURNED_BEFORE else timedelta(hours=4)

    return list(backwards())[::-1] or [last]


def _observed(rng: Random, case: Case, *, at: float, taken: datetime, age: int) -> dict[str, object]:
    """One set, `at` from normal (0) to crisis (1), with the noise of hands and machines."""
    noise = rng.uniform(-1, 1)
    child = 1 if age < 16 else 0
    saturation = (91 if case.is_hypercapnic else 97.5) - (3.5 + 2 * case.breath) * at
    on_oxygen = at > 0.5 or (case.is_hypercapnic and at > 0.3)
    flow = round(1 + 5 * at) if on_oxygen else None
    return {
        "taken": taken,
        "respirations_per_min": round(14.5 + 4 * child + 10 * at + noise),
        "spo2_percent": round(min(100, saturation + noise / 2)),
        "spo2_scale": 2 if case.is_hypercapnic else 1,
        "on_oxygen": on_oxygen,
        "oxygen_device": "nasal cannula" if flow and flow < 5 else "simple mask" if flow else "",
        "oxygen_flow_l_per_min": flow,
        "systolic_mmhg": round(128 - 22 * child - 34 * at + 5 * noise),
        "diastolic_mmhg": round(76 - 10 * child - 18 * at + 3 * noise),
        "pulse_per_min": round(74 + 20 * child + 46 * at + 4 * noise),
        "consciousness": "C" if at > 0.95 else "A",
        "temperature_c": round(36.7 + 2 * case.fever * at + 0.2 * noise, 1),
    }
