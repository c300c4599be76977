"""The page about array libraries has a row for each op and a reason for each gap."""

import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.properties.conduct.libraries import Tally
from tests.benchmarks.libraries import DISTRIBUTIONS, LACKING, PARTLY, WHOLLY, cell, page, tallies

ROOT = Path(__file__).parents[2]
INSTALLED = all(map(find_spec, DISTRIBUTIONS))
pytestmark = pytest.mark.skipif(not INSTALLED, reason=f"not all of {', '.join(DISTRIBUTIONS)} are installed")


def test_a_cell_says_whether_all_some_or_none_of_the_cases_ran():
    assert cell(Tally(3)) == WHOLLY
    assert cell(Tally(3, notes=Counter({"are computed at once": 1}))) == WHOLLY
    assert cell(Tally(3, Counter({"TypeError: no": 1}))) == PARTLY
    assert cell(Tally(0, Counter({"TypeError: no": 4}))) == LACKING


def test_the_page_counts_and_gives_reasons():
    some = {library: Tally(2) for library in DISTRIBUTIONS} | {"jax": Tally(1, Counter({"TypeError: no": 1}))}
    lines = list(page({"acme::all": {library: Tally(2) for library in DISTRIBUTIONS}, "acme::some": some}))
    assert lines[2].startswith("1 of 2 ops run on every one")
    assert "| `acme::some` | ✓ | (✓) | ✓ | ✓ |" in lines
    assert lines[lines.index("## What JAX refuses") + 2] == "- `acme::some`: 1 of 2 cases refused: TypeError: no"
    assert lines[lines.index("## What Dask refuses") + 2] == "Nothing."


def test_the_page_has_a_row_for_each_named_op():
    command = [sys.executable, "-m", "tests.benchmarks.libraries", "basic::multiply", "nn::relu"]
    text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rows = [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]
    assert rows == ["basic::multiply", "nn::relu"]
    assert set(rows) <= set(mt.ops)
    assert "2 of 2 ops run on every one of these libraries" in text


def test_an_op_is_run_on_all_of_them():
    from mutorch_ops_basic import multiply

    assert {library: cell(tally) for library, tally in tallies(multiply).items()} == dict.fromkeys(
        DISTRIBUTIONS, WHOLLY
    )
