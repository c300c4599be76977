"""Tests are marked `quick` and `slow` by file and folder, and the time of each folder is summed."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.suite import NOT_QUICK, QUICK, SLOW, matches, speed, time_by_folder

TESTS = Path(__file__).parent
FILES = [path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")]


@pytest.mark.parametrize(
    ("path", "fixtures", "expected"),
    [
        ("core/test_graph.py", (), "quick"),
        ("core/engine/test_schedule.py", ("tmp_path",), "quick"),
        ("core/plugins/test_loading.py", ("request", "site"), None),
        ("core/cli/test_cli.py", (), None),
        ("core/gradcheck/numerics/test_differences.py", (), None),
        ("core/gradcheck/properties/corpus/test_faults.py", (), "slow"),
        ("core/interop/torch/test_export.py", (), "slow"),
        ("plugins/test_special_package.py", (), "slow"),
        ("ops_basic/elementwise/test_arithmetic.py", (), "quick"),
        ("ops_basic/linalg/test_norms.py", (), None),
        ("test_every_op.py", (), "slow"),
    ],
)
def test_speed_follows_from_place_and_fixtures(path, fixtures, expected):
    assert speed(path, fixtures) == expected


@pytest.mark.parametrize("pattern", [*QUICK, *NOT_QUICK, *SLOW])
def test_every_pattern_matches_a_file(pattern):
    assert any(matches(path, [pattern]) for path in FILES), f"tests/suite.py: nothing matches {pattern!r} any more"


def test_quick_tests_cover_the_heart_and_exclude_slow_ones():
    command = [sys.executable, "-m", "pytest", "-m", "quick", "--collect-only", "-q", "-n", "0", "tests/core"]
    done = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=True, env=os.environ)
    names = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    stems = {Path(name).stem for name in names}
    assert {"test_var", "test_accumulate", "test_functional"} <= stems
    assert not any("gradcheck" in name or "interop" in name for name in names)


def test_the_time_of_a_folder_is_that_of_its_tests_with_setup_and_teardown():
    reports = [
        SimpleNamespace(nodeid="tests/core/test_a.py::test_x[a::b/c]", duration=1.0),
        SimpleNamespace(nodeid="tests/core/test_a.py::test_x[a::b/c]", duration=0.5),
        SimpleNamespace(nodeid="tests/core/test_b.py::test_y", duration=0.25),
        SimpleNamespace(nodeid="tests/ops/test_c.py::TestZ::test_z", duration=4.0),
    ]
    assert list(time_by_folder(reports)) == [("tests/ops", 1, 4.0), ("tests/core", 2, 1.75)]


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_time_by_folder_ends_a_run(processes):
    (path,) = (path for path in FILES if path.endswith("/test_accumulate.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-n", processes, f"tests/{path}"]
    done = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=True, env=os.environ)
    assert "time by folder" in done.stdout
    assert any(line.endswith(f"tests  tests/{path.rpartition('/')[0]}") for line in done.stdout.splitlines())
