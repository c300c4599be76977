"""Speed classes of tests, by file and folder, and the time that each folder took.

Patterns are those of `fnmatch`, relative to `tests/`; `*` also matches `/`, so a file may move between sub-folders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["NOT_QUICK", "QUICK", "SLOW", "STARTS_PROCESSES", "speed", "time_by_folder"]

QUICK = (
    "core/*",
    "ops_basic/*test_arithmetic.py",
    "ops_basic/indexing/*",
    "ops_basic/reductions/*",
    "ops_basic/shaping/*test_shapes.py",
    "ops_nn/activations/*",
)
"""The heart, and a sample of ops."""

NOT_QUICK = ("core/gradcheck/*", "core/interop/*", "core/scaffold/*", "core/cli/*", "core/*test_typing.py")
"""Tests of the core that are no part of its heart or start processes."""

STARTS_PROCESSES = frozenset({"site", "shared_site"})
"""Fixtures that start a fresh interpreter for each test; a test that uses one isn't quick."""

SLOW = (
    "benchmarks/*",
    "consumers/*",
    "gpu/*",
    "plugins/*",
    "core/interop/*",
    "core/scaffold/*",
    "core/whole/test_new_package.py",
    "*/corpus/*",
    "*test_every_op.py",
    "*test_examples.py",
    "*test_random_programs.py",
)
"""Searches over many draws, comparisons with other libraries, and packages that are built and installed."""


def speed(path: str, fixtures: Collection[str] = ()) -> str | None:
    """Return `quick`, `slow` or None for a test in a file, given relative to `tests/`."""
    if matches(path, SLOW):
        return "slow"
    if matches(path, QUICK) and not matches(path, NOT_QUICK) and STARTS_PROCESSES.isdisjoint(fixtures):
        return "quick"
    return None


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether a path matches one of the patterns."""
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def time_by_folder(reports: Iterable[Any]) -> Iterator[tuple[str, int, float]]:
    """Yield each folder with its number of tests and their seconds, slowest first; setup and teardown count."""
    seconds: defaultdict[str, float] = defaultdict(float)
    tests: defaultdict[str, set[str]] = defaultdict(set)
    for report in reports:
        folder = report.nodeid.partition("::")[0].rpartition("/")[0]
        seconds[folder] += report.duration
        tests[folder].add(report.nodeid)
    for folder, total in sorted(seconds.items(), key=lambda item: -item[1]):
        yield folder, len(tests[folder]), total
