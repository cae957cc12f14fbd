"""The checker of the fault harness can fail: of each invariant a violation is planted, and it must be found as its own.

The short form of `python -m bench.faults --break-it`; what a long run found is in docs/faults.md.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.faults.checker import RULES, check
from bench.faults.planted import PLANTS, found_all, sound

ROOT = Path(__file__).resolve().parent.parent


def test_nothing_is_found_where_all_holds():
    assert check(sound()) == {name: [] for name in RULES}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_violation_is_found_as_its_own(name):
    assert found_all(sound(), only=name) == {name: True}


def test_each_invariant_has_a_violation_of_its_own():
    assert {name.split(":")[0] for name in PLANTS} == set(RULES)


def test_a_plant_leaves_the_facts_of_the_run_as_they_were():
    # What is told of a run is told after the plants, too: a plant that stayed would be told as a violation of the run.
    facts = sound()
    found_all(facts)
    assert check(facts) == {name: [] for name in RULES}


def test_the_command_ends_well_when_every_plant_was_found():
    command = [sys.executable, "-m", "bench.faults", "--break-it"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(PLANTS)} of {len(PLANTS)} violations found" in done.stdout
