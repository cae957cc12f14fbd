"""The rules against an invented month, at a third of its size: bench/review_month.py runs it whole, on five seeds."""

import sys

from tests.audit.judged import judged, table
from tests.audit.month import Month


def test_the_rules_find_nineteen_snoops_of_twenty_and_ask_ten_times_a_day_at_most(capsys):
    figures = judged(Month(6, days=10, staff=130, patients=900, units=10, each=2))
    with capsys.disabled():  # The figures are read by people: they stand in the run's output.
        sys.stdout.write(f"\n  review, a third of a month: recall {figures.recall:.0%} (at least 95 %)\n")
        sys.stdout.write("\n".join(table(figures)) + "\n")
    assert sum(figures.planted.values()) == sum(figures.honest.values()) == 20
    assert figures.recall >= 0.95
    assert max(figures.shown_a_day) <= 10
    assert sum(figures.asked.values()) <= 2


def test_the_same_seed_is_the_same_month():
    small = {"days": 6, "staff": 60, "patients": 600, "units": 6, "each": 1}
    first, second = judged(Month(3, **small)), judged(Month(3, **small))
    assert (first.events, first.found, first.raised_a_day) == (second.events, second.found, second.raised_a_day)
