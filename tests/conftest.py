"""The environment of all tests.

Linear algebra runs on one thread, as in the checker's own workers: the matrices are small, and the threads of several
processes would wait for one another. Tools that are installed beside the interpreter are found, though its environment
need not be activated. Tests are marked `quick` and `slow` as `tests/suite.py` lists them.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.suite import speed, time_by_folder

TESTS = Path(__file__).parent

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


def pytest_collection_modifyitems(items):
    """Mark tests by their speed; runs before `-m` selects."""
    for item in items:
        if item.path.is_relative_to(TESTS):
            marker = speed(item.path.relative_to(TESTS).as_posix(), item.fixturenames)
            if marker is not None:
                item.add_marker(getattr(pytest.mark, marker))


def pytest_terminal_summary(terminalreporter):
    """Print the time of each folder, summed over all processes."""
    reports = [report for listed in terminalreporter.stats.values() for report in listed if hasattr(report, "duration")]
    folders = list(time_by_folder(reports))
    if folders and not terminalreporter.no_summary:
        terminalreporter.section("time by folder")
        for folder, count, seconds in folders:
            terminalreporter.write_line(f"{seconds:8.1f} s  {count:6} tests  {folder or '.'}")
