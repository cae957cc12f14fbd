"""Findings become flags: one for a person and a patient in a day, with all its reasons and a score, the worst first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Suspicion:
    """What is asked about at once: a person, a patient (None: nobody in particular), and every reason for it."""

    person_id: UUID
    patient_id: UUID | None
    reasons: tuple[Finding, ...]

    @property
    def score(self) -> int:
        return score(self.reasons)


def score(reasons: Iterable[Finding]) -> int:
    """How urgent it is, to a hundred: the strongest reason, and a little for each further one."""
    weights = sorted((weight(each.rule, str(each.facts.get("why", ""))) for each in reasons), reverse=True)
    return min(100, weights[0] + MORE * (len(weights) - 1)) if weights else 0


def weight(rule: Rule, why: str) -> int:
    """What one reason says by itself."""
    return AFTER_LEAVING if rule is Rule.LATE and why == "left" else WEIGHTS[rule]


def fold(findings: Iterable[Finding]) -> list[Suspicion]:
    """One for each person and patient, the worst first. What one person did is beside itself where it weighs alike."""
    together: dict[tuple[UUID, UUID | None], list[Finding]] = defaultdict(list)
    for finding in findings:
        together[finding.person_id, finding.patient_id].append(finding)
    folded = [Suspicion(person_id, patient_id, tuple(each)) for (person_id, patient_id), each in together.items()]
    return sorted(folded, key=lambda each: (-each.score, each.person_id.int, str(each.patient_id)))
