"""Findings become flags: one for a person and a patient in a day, with all its reasons and a score, the worst first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from audit.rules.facts import Finding, Rule

# What an officer can judge with care in a day. Source: PROTECTION.md 3.7, at most ten alerts for an officer and day.
A_DAY = 10
# How much a rule says by itself, of a hundred. One reason more adds a little: two weak ones do not make a strong one.
WEIGHTS: Mapping[Rule, int] = {
    Rule.SELF: 70,
    Rule.KIN: 75,
    Rule.COLLEAGUE: 75,
    Rule.VIP: 80,
    Rule.EMERGENCY: 60,
    Rule.VOLUME: 80,
    Rule.SEARCHES: 70,
    Rule.LATE: 30,
    Rule.UNUSUAL: 65,
    Rule.BULK: 85,
}
AFTER_LEAVING = 45
MORE = 8
# What the same person did beside it, on the same day, comes after what others did.
BESIDE = 10

Facts = Mapping[str, int | str]


@dataclass(frozen=True)
class Suspicion:
    """What is asked about at once: a person, a patient (None: nobody in particular), and every reason for it.

    `score` is how urgent it is, to a hundred.
    """

    person_id: UUID
    patient_id: UUID | None
    reasons: tuple[Finding, ...]
    score: int


def score_of(reasons: Iterable[tuple[Rule, Facts]]) -> int:
    """How urgent these reasons are together: the strongest one, and a little for each further one."""
    weights = sorted((_weight(rule, facts) for rule, facts in reasons), reverse=True)
    return min(100, weights[0] + MORE * (len(weights) - 1)) if weights else 0


def fold(findings: Iterable[Finding]) -> list[Suspicion]:
    """One for each person and patient, the worst first.

    Where a day of somebody stands out as a whole (R6, R9), a patient of whom nothing is odd but the hour is part of it,
    and not a question beside it: one who opens ninety records is asked once, and not ninety times.
    """
    together: dict[tuple[UUID, UUID | None], list[Finding]] = defaultdict(list)
    for finding in findings:
        together[finding.person_id, finding.patient_id].append(finding)
    whole = {person_id for (person_id, patient_id) in together if patient_id is None}
    folded = [
        Suspicion(person_id, patient_id, tuple(reasons), score_of((each.rule, each.facts) for each in reasons))
        for (person_id, patient_id), reasons in together.items()
        if not (patient_id and person_id in whole and all(each.rule is Rule.LATE for each in reasons))
    ]
    return sorted(_each_person_first(folded), key=_worst_first)


def _each_person_first(folded: list[Suspicion]) -> Iterable[Suspicion]:
    seen: dict[UUID, int] = defaultdict(int)
    for each in sorted(folded, key=_worst_first):
        yield replace(each, score=max(1, each.score - BESIDE * seen[each.person_id]))
        seen[each.person_id] += 1


def _worst_first(each: Suspicion) -> tuple[int, int, str]:
    return -each.score, each.person_id.int, str(each.patient_id)


def _weight(rule: Rule, facts: Facts) -> int:
    return AFTER_LEAVING if rule is Rule.LATE and facts.get("why") == "left" else WEIGHTS[rule]
