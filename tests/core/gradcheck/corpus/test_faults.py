"""Each fault in a registered op is found, and a fault with a name is diagnosed by it.

With MUTORCH_CORPUS=nightly each fault goes into every op that it changes, else into one op each of a few families.
"""

import os

import pytest

from tests.core.gradcheck.corpus.misses import MISSES, NOT_NAMED
from tests.core.gradcheck.corpus.trials import FAULTS, diagnosed, every, few, first_finding

NIGHTLY = os.environ.get("MUTORCH_CORPUS") == "nightly"
FAMILIES = 5
NAMED = [name for name, fault in FAULTS.items() if fault.diagnosis]
FAMILIES_OF_NAMED = 3


@pytest.mark.parametrize("name", FAULTS)
def test_the_checker_finds_it(name, record_property):
    fault = FAULTS[name]
    trials = list(every(fault, first_finding) if NIGHTLY else few(fault, FAMILIES, first_finding))
    for trial in trials:
        record_property("trial", (name, str(trial.site), trial.found_by))
    families = {trial.site.family for trial in trials}
    assert len(families) >= min(fault.families, FAMILIES), f"it changes something only in {sorted(families)}"
    tried = {f"{name} at {trial.site}" for trial in trials}
    missed = {f"{name} at {trial.site}" for trial in trials if not trial.found_by}
    assert missed == tried & MISSES.keys()


@pytest.mark.parametrize("name", NAMED)
def test_the_checker_says_what_it_is(name, record_property):
    trials = list(few(FAULTS[name], FAMILIES_OF_NAMED, diagnosed))
    for trial in trials:
        record_property("diagnosis", (name, str(trial.site), trial.named, trial.diagnosis))
    named = any(trial.named for trial in trials)
    assert named != (name in NOT_NAMED), [trial.diagnosis for trial in trials]


def test_every_explained_miss_is_one_of_a_fault():
    assert {miss.partition(" at ")[0] for miss in MISSES} <= FAULTS.keys()
