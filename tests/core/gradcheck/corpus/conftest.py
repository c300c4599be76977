"""The score of the corpus: collected from all items, also from other processes, and shown at the end."""

from __future__ import annotations

from collections import Counter

from tests.core.gradcheck.corpus.misses import MISSES

LEAST_CAUGHT = 0.99
LEAST_NAMED = 0.8
"""The shares of trials that must be caught, and of named faults that must be called by their name."""


def reported(config, key):
    """Return the items' reports under a key, in order and without repetition."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = [report for group in reporter.stats.values() for report in group if hasattr(report, "user_properties")]
    return sorted({tuple(value) for report in reports for name, value in report.user_properties if name == key})


def share(rows):
    """Return the share of rows with a true third column."""
    return sum(bool(row[2]) for row in rows) / len(rows)


def pytest_terminal_summary(terminalreporter, config):
    trials, names = reported(config, "trial"), reported(config, "diagnosis")
    if trials:
        terminalreporter.section("faults caught")
        print_trials(terminalreporter.line, trials)
    if names:
        terminalreporter.section("faults called by their names")
        for fault, site, named, diagnosis in names:
            if not named:
                terminalreporter.line(f"{fault} at {site}: {diagnosis or 'no diagnosis'}")
        terminalreporter.line(f"{share(names):.0%} of {len(names)}")


def print_trials(line, trials):
    """Print the score by fault and by property, and every miss with its reason."""
    for fault in dict.fromkeys(fault for fault, _, _ in trials):
        own = [found for name, _, found in trials if name == fault]
        line(f"{fault:<48} {sum(map(bool, own)):>3} of {len(own):<3}  {counted(own)}")
    for fault, site, found in trials:
        if not found:
            line(f"missed: {fault} at {site}: {MISSES.get(f'{fault} at {site}', 'UNEXPLAINED')}")
    line(f"by property: {counted(found for _, _, found in trials)}")
    line(f"score: {share(trials):.2%} of {len(trials)}")


def counted(found):
    """Return counts as text: `value 4, kinks 1`."""
    return ", ".join(f"{name} {count}" for name, count in Counter(filter(None, found)).most_common())


def pytest_sessionfinish(session, exitstatus):
    if hasattr(session.config, "workerinput") or exitstatus:
        return
    for key, least in (("trial", LEAST_CAUGHT), ("diagnosis", LEAST_NAMED)):
        rows = reported(session.config, key)
        if rows and share(rows) < least:
            session.exitstatus = 1
