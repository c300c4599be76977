"""Right ops raise no alarm: formulas written differently, and every legal convention at a kink."""

import os

import pytest

from mutorch_core.gradcheck import check_op
from mutorch_core.gradcheck.verdicts import Verdict
from tests.core.gradcheck.corpus.controls import CONTROLS

SEEDS = range(20 if os.environ.get("MUTORCH_CORPUS") == "nightly" else 1)


@pytest.mark.parametrize("name", CONTROLS)
def test_the_checker_finds_nothing_wrong(name):
    alarms = [
        f"seed {seed}: {found.message}"
        for seed in SEEDS
        for found in check_op(CONTROLS[name](), "ci", seed=seed).properties
        if found.verdict not in (Verdict.PROVEN, Verdict.SKIPPED)
    ]
    assert not alarms, "\n".join(alarms)
