"""What the rules make of an invented month: how many snoops, and how many honest people, are on an officer's day."""

import time
from collections import Counter
from dataclasses import dataclass

from audit.rules.folding import A_DAY, fold
from audit.rules.judging import findings


@dataclass(frozen=True)
class Figures:
    """`found` of `planted` by kind of snoop; `asked` of `honest` by kind; flags a day before the ten are taken."""

    planted: Counter
    found: Counter
    honest: Counter
    asked: Counter
    by_rule: Counter
    of_snoops_by_rule: Counter
    raised_a_day: list
    events: int
    seconds: float

    @property
    def recall(self):
        return sum(self.found.values()) / sum(self.planted.values())

    @property
    def shown_a_day(self):
        return [min(count, A_DAY) for count in self.raised_a_day]


def judged(month):
    """The figures of the month. A snoop counts as found only on their day, about their patient, among the day's ten."""
    began, raised, events, shown, by_rule = time.perf_counter(), [], 0, {}, Counter()
    for number, day in enumerate(month.days()):
        events += len(day.accesses)
        flags = fold(findings(day))
        raised.append(len(flags))
        for flag in flags[:A_DAY]:
            shown[number, flag.person_id, flag.patient_id] = flag
            by_rule.update(each.rule.value for each in flag.reasons)
    found = [(each, shown.get((each.day, each.person_id, each.patient_id))) for each in month.snoops]
    asked = [each.kind for each in month.honest if (each.day, each.person_id, each.patient_id) in shown]
    return Figures(
        planted=Counter(each.kind for each in month.snoops),
        found=Counter(each.kind for each, flag in found if flag),
        honest=Counter(each.kind for each in month.honest),
        asked=Counter(asked),
        by_rule=by_rule,
        of_snoops_by_rule=Counter(reason.rule.value for _, flag in found if flag for reason in flag.reasons),
        raised_a_day=raised,
        events=events,
        seconds=time.perf_counter() - began,
    )


def table(figures):
    """The figures by rule and by kind, as lines."""
    rules = sorted(figures.by_rule, key=lambda rule: int(rule[1:]))
    yield "  rule  reasons on the officer's days, of these about a planted snoop"
    yield from (f"  {rule:<4} {figures.by_rule[rule]:>6} {figures.of_snoops_by_rule[rule]:>6}" for rule in rules)
    yield "  snoops found: " + ", ".join(f"{k} {figures.found[k]}/{n}" for k, n in figures.planted.items())
    yield "  honest asked: " + ", ".join(f"{k} {figures.asked[k]}/{n}" for k, n in figures.honest.items())
