"""The examples run as their readers run them, and print what they say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"


def run(name, *options):
    command = [sys.executable, str(EXAMPLES / name), *options]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    return subprocess.run(command, capture_output=True, check=False, encoding="utf-8", env=environment)


def test_first_steps_prints_graphs_and_gradients():
    done = run("first_steps.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "(+ (* (var-x | 10.0) (var-x | 10.0) | 100.0) (var-y | 20.0) | 120.0)",
        "dz/dx = 20.0   dz/dy = 1.0   dz/dp = 0.0",
        "cleared, and again: 20.0 1.0 0.0",
        "(max (* (var-x | 10.0) (var-y | 20.0) | 200.0) (var-p | 30.0) | 200.0)",
        "d max/dx = 20.0   d max/dy = 10.0   d max/dp = 0.0",
        "3t³ - 2t + 5 at t = 2/7: slope -62/49  curvature 36/7",
        "a chain of a million sums: 1000001 and its gradient: 1000001",
    ]


@pytest.fixture(scope="module")
def _with_scikit_learn():
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn: pip install mutorch[examples]")


@pytest.mark.usefixtures("_with_scikit_learn")
def test_digits_learns_to_read():
    done = run("digits.py", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("│ 0 ")]
    accuracy = row.split("│")[2].strip()
    assert float(accuracy.rstrip("%")) >= 97


def test_a_gradient_of_more_data_than_fits_into_memory():
    pytest.importorskip("distributed", reason="the example runs on dask.distributed")
    done = run("larger_than_memory.py", "--workers", "1", "--limit", "256", "--steps", "1")
    data, tasks, *_, peak = done.stdout.splitlines()
    assert data == "780 MiB of data in 48 chunks, 3.05 times what 1 workers of 256 MiB may hold"
    few, some, many = (int(word) for word in tasks.replace(",", "").split() if word.isdigit() and int(word) > 32)
    assert many - some == pytest.approx(2 * (some - few), rel=0.05)
    assert 0 < int(peak.split()[-2]) < 256, done.stderr
    assert done.returncode == 0 or "times slower than by hand" in done.stderr  # as it may be on a busy machine


@pytest.mark.usefixtures("_with_scikit_learn")
def test_digits_fails_where_it_learns_too_little():
    done = run("digits.py", "--seeds", "1", "--epochs", "1")
    assert done.returncode == 1
    assert "short of 97%" in done.stderr
