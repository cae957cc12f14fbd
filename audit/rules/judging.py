"""The ten rules: what stands out in a day. Each gives its findings, in no order; `findings` gives all of them.

A rule looks at what somebody did and never at who they are; that a finding is a question, and no verdict, is the whole
point of the review. Source: PROTECTION.md 3.7 (R1 to R10), kept with its reasons in docs/decisions/0075.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from uuid import UUID

from audit.rules import bounds
from audit.rules.facts import TEAM, Access, Act, Day, Finding, PatientFacts, PersonFacts, Rule, Shift, Tie

NOBODY = PersonFacts(role="")
UNKNOWN = PatientFacts()
# Whoever finds a patient by two identifiers and sees a card has no other way: to have no relationship says nothing.
BY_CARD = "call_agent"
# What the product told officers of when it happened, by the kind of its alert.
BUDGET_SPENT = frozenset({"budget_spent"})
MISSED = frozenset({"glass_missed", "card_missed"})

Pair = tuple[UUID, UUID]


@dataclass(frozen=True)
class Seen:
    """A day, sorted once: who opened whom, who cared for whom, and everything of each person in the order of time."""

    day: Day
    opened: dict[Pair, list[Access]]
    cared: frozenset[Pair]
    by_person: dict[UUID, list[Access]]

    def person(self, person_id: UUID) -> PersonFacts:
        return self.day.people.get(person_id, NOBODY)

    def patient(self, patient_id: UUID) -> PatientFacts:
        return self.day.patients.get(patient_id, UNKNOWN)


def seen(day: Day) -> Seen:
    """The day, for the rules."""
    opened: dict[Pair, list[Access]] = defaultdict(list)
    by_person: dict[UUID, list[Access]] = defaultdict(list)
    cared = set()
    for access in day.accesses:
        by_person[access.person_id].append(access)
        if access.patient_id is None:
            continue
        pair = (access.person_id, access.patient_id)
        if access.act is Act.OPENED:
            opened[pair].append(access)
        elif access.act is Act.CARED:
            cared.add(pair)
    return Seen(day, dict(opened), frozenset(cared), dict(by_person))


def findings(day: Day, rules: Iterable[Rule] = tuple(Rule)) -> list[Finding]:
    """Everything that stands out in the day by these rules."""
    sorted_day = seen(day)
    return [finding for rule in rules for finding in RULES[rule](sorted_day)]


def own_record(it: Seen) -> Iterator[Finding]:
    """R1: somebody opened their own record. Always: the hospital has a way to give people theirs, and it is another."""
    for (person_id, patient_id), accesses in it.opened.items():
        if it.patient(patient_id).staff_id == person_id:
            yield _of(Rule.SELF, accesses)


def same_family(it: Seen) -> Iterator[Finding]:
    """R2: the same family name or telephone, and not of those who look after the patient."""
    for (person_id, patient_id), accesses in it.opened.items():
        patient = it.patient(patient_id)
        outside = _outside_team(accesses)
        if outside and patient.staff_id != person_id and patient.kin & it.person(person_id).kin:
            yield _of(Rule.KIN, outside)


def a_colleague(it: Seen) -> Iterator[Finding]:
    """R3: the patient works here, and the person is not of those who look after them."""
    for (person_id, patient_id), accesses in it.opened.items():
        staff_id = it.patient(patient_id).staff_id
        outside = _outside_team(accesses)
        if outside and staff_id not in (None, person_id):
            yield _of(Rule.COLLEAGUE, outside)


def a_public_person(it: Seen) -> Iterator[Finding]:
    """R4: a patient who is marked as known to the public, opened from outside the team."""
    for (_person_id, patient_id), accesses in it.opened.items():
        outside = _outside_team(accesses)
        if outside and it.patient(patient_id).is_vip:
            yield _of(Rule.VIP, outside)


def without_relationship(it: Seen) -> Iterator[Finding]:
    """R5: by breaking the glass, or with no row at all. Always."""
    for (person_id, _patient_id), accesses in it.opened.items():
        far = [access for access in accesses if access.tie in (Tie.EMERGENCY, Tie.NONE)]
        if far and it.person(person_id).role != BY_CARD:
            yield _of(Rule.EMERGENCY, far, tie=far[0].tie.value)


def many_patients(it: Seen) -> Iterator[Finding]:
    """R6: more patients who are not their own than anybody of the role opens in a day; or as many as a day allows."""
    yield from _alerted(it, Rule.VOLUME, BUDGET_SPENT, why="budget")
    counts: dict[UUID, set[UUID]] = defaultdict(set)
    for (person_id, patient_id), accesses in it.opened.items():
        if any(access.tie is not Tie.OWN for access in accesses):
            counts[person_id].add(patient_id)
    by_role: dict[str, list[int]] = defaultdict(list)
    for person_id in it.by_person:
        by_role[it.person(person_id).role].append(len(counts[person_id]))
    told = {access.person_id for access in it.day.accesses if access.code in BUDGET_SPENT}
    for person_id, patients in counts.items():
        if person_id in told:
            continue
        usual, most = _usual(by_role[it.person(person_id).role])
        if len(patients) > most:
            yield _about_nobody(Rule.VOLUME, it.by_person[person_id], patients=len(patients), usual=usual)


def searches(it: Seen) -> Iterator[Finding]:
    """R7: names tried one after the other, and hardly a patient opened; or identifiers that fitted nobody."""
    yield from _alerted(it, Rule.SEARCHES, MISSED, why="missed")
    told = {access.person_id for access in it.day.accesses if access.code in MISSED}
    for person_id, accesses in it.by_person.items():
        if person_id in told:
            continue
        worst = _densest([access for access in accesses if access.act is Act.SEARCHED])
        if len(worst) < bounds.MANY_SEARCHES:
            continue
        during = [
            access for access in accesses if access.act is Act.OPENED and worst[0].at <= access.at <= worst[-1].at
        ]
        if len(during) <= max(1, len(worst) // bounds.SEARCHES_PER_OPENING):
            yield _about_nobody(Rule.SEARCHES, worst, opened=len(during))


def too_late(it: Seen) -> Iterator[Finding]:
    """R8: days after the patient has left, or off duty, and nothing was done for the patient that day."""
    for pair, accesses in it.opened.items():
        if pair in it.cared:
            continue
        left = it.patient(pair[1]).left
        after = [access for access in accesses if left and access.at > left + bounds.AFTER_LEAVING]
        if after and left:
            yield _of(Rule.LATE, after, why="left", days=(after[0].at - left).days)
            continue
        shifts = it.day.shifts.get(pair[0], ())
        off = [access for access in accesses if access.tie is Tie.UNIT and not _near_a_shift(access, shifts)]
        if off:
            yield _of(Rule.LATE, off, why="shift")


def unusual(it: Seen) -> Iterator[Finding]:
    """R9: in two houses at once; or with a device they never had, off duty or at an hour they never work."""
    for person_id, accesses in it.by_person.items():
        opened = [access for access in accesses if access.act is Act.OPENED]
        jump = _jump(opened)
        if jump:
            minutes = round((jump[1].at - jump[0].at).total_seconds() / 60)
            yield _about_nobody(Rule.UNUSUAL, jump, why="travel", minutes=minutes)
            continue
        person = it.person(person_id)
        if person.sign_ins < bounds.FEWEST_SIGN_INS:
            continue
        odd = [access for access in opened if _is_odd(access, person, it.day)]
        if odd:
            yield _about_nobody(Rule.UNUSUAL, odd, why="device", patients=len({each.patient_id for each in odd}))


def taken_out(it: Seen) -> Iterator[Finding]:
    """R10: more patients printed, exported or copied than the person's ward has: in one go, or in an hour singly."""
    for person_id, accesses in it.by_person.items():
        most = max(bounds.BULK_PATIENTS, it.person(person_id).ward)
        out = [access for access in accesses if access.act is Act.TAKEN_OUT]
        for access in out:
            if access.patients > most:
                yield _about_nobody(Rule.BULK, [access], patients=access.patients)
        one_by_one = _densest([access for access in out if access.patient_id is not None])
        patients = len({access.patient_id for access in one_by_one})
        if patients > most:
            yield _about_nobody(Rule.BULK, one_by_one, patients=patients)


RULES: dict[Rule, Callable[[Seen], Iterator[Finding]]] = {
    Rule.SELF: own_record,
    Rule.KIN: same_family,
    Rule.COLLEAGUE: a_colleague,
    Rule.VIP: a_public_person,
    Rule.EMERGENCY: without_relationship,
    Rule.VOLUME: many_patients,
    Rule.SEARCHES: searches,
    Rule.LATE: too_late,
    Rule.UNUSUAL: unusual,
    Rule.BULK: taken_out,
}


def _of(rule: Rule, accesses: Sequence[Access], **facts: int | str) -> Finding:
    first, last = accesses[0], accesses[-1]
    return Finding(rule, first.person_id, first.patient_id, first, last, len(accesses), facts)


def _about_nobody(rule: Rule, accesses: Sequence[Access], **facts: int | str) -> Finding:
    first, last = accesses[0], accesses[-1]
    return Finding(rule, first.person_id, None, first, last, len(accesses), facts)


def _alerted(it: Seen, rule: Rule, codes: frozenset[str], *, why: str) -> Iterator[Finding]:
    for accesses in it.by_person.values():
        alerts = [access for access in accesses if access.act is Act.ALERTED and access.code in codes]
        if alerts:
            yield _about_nobody(rule, alerts, why=why)


def _outside_team(accesses: Sequence[Access]) -> list[Access]:
    return [access for access in accesses if access.tie not in TEAM]


def _usual(counts: Sequence[int]) -> tuple[int, float]:
    """The median of a role's day, and what is more than anybody's: the median and six median absolute deviations."""
    middle = median(counts)
    deviation = median(abs(count - middle) for count in counts)
    return round(middle), max(bounds.MANY_PATIENTS, middle + bounds.DEVIATIONS * deviation)


def _densest(accesses: Sequence[Access]) -> Sequence[Access]:
    """The most of them that lie within the hour of R7 and R10."""
    best, start = range(0), 0
    for end, access in enumerate(accesses):
        while access.at - accesses[start].at > bounds.SEARCHES_WITHIN:
            start += 1
        if end + 1 - start > len(best):
            best = range(start, end + 1)
    return accesses[best.start : best.stop]


def _near_a_shift(access: Access, shifts: Sequence[Shift]) -> bool:
    return any(shift.begins - bounds.BEFORE_SHIFT <= access.at <= shift.ends + bounds.AFTER_SHIFT for shift in shifts)


def _jump(opened: Sequence[Access]) -> tuple[Access, Access] | None:
    """Two openings in different houses, too near in time for anybody to have gone from one to the other."""
    placed = [access for access in opened if access.facility_id is not None]
    for before, after in zip(placed, placed[1:], strict=False):
        if before.facility_id != after.facility_id and after.at - before.at < bounds.TRAVEL:
            return before, after
    return None


def _is_odd(access: Access, person: PersonFacts, day: Day) -> bool:
    if access.device in person.devices:
        return False
    shifts = day.shifts.get(access.person_id, ())
    return access.at.astimezone(day.zone).hour not in person.hours or not _near_a_shift(access, shifts)
