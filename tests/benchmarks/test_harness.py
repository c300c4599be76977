"""The harness reports what it measured, and nothing else."""

import json

import attrs
import pytest
from click.testing import CliRunner

from tests.benchmarks import harness
from tests.benchmarks.comparison import Bound, Contestant, Workload, seconds
from tests.benchmarks.harness import Outcome, low

WORKLOAD = Workload(
    title="a workload",
    unit="ms",
    measure=seconds,
    contestants={"mutorch": Contestant(list), "peer": Contestant(list, needs="no_such_module")},
    bounds=(Bound("mutorch", 0.5, "peer"), Bound("mutorch", 3)),
)


@pytest.mark.parametrize(
    ("measured", "ratios", "met"),
    [
        ({"mutorch": 2.0, "peer": 4.0}, [0.5, 2.0], [True, True]),
        ({"mutorch": 4.0, "peer": 4.0}, [1.0, 4.0], [False, False]),
        ({"mutorch": 2.0}, [None, 2.0], [None, True]),
    ],
)
def test_a_bound_holds_the_ratio_and_is_open_where_a_peer_is_missing(measured, ratios, met):
    outcome = Outcome(WORKLOAD, measured, {})
    assert [bound["ratio"] for bound in outcome.bounds] == ratios
    assert [bound["met"] for bound in outcome.bounds] == met
    assert outcome.kept == (False not in met)


def test_a_contestant_that_failed_keeps_nothing():
    assert Outcome(WORKLOAD, {"mutorch": 1.0}, {"peer": "missing"}).kept
    assert not Outcome(WORKLOAD, {"peer": 1.0}, {"mutorch": "failed"}).kept


def test_a_peer_that_is_not_installed_is_known_without_importing_it():
    assert WORKLOAD.contestants["mutorch"].installed
    assert not WORKLOAD.contestants["peer"].installed


def test_the_low_quantile_is_neither_the_fluke_nor_the_disturbance():
    assert low([9.0, *[2.0] * 18, 0.1]) == 2.0
    assert low([5.0]) == 5.0


def test_a_comparison_runs_in_processes_and_reports_what_is_missing(monkeypatch):
    contestants = WORKLOAD.contestants | {"mutorch": harness.WORKLOADS["diamond"].contestants["mutorch"]}
    brief = attrs.evolve(harness.WORKLOADS["diamond"], contestants=contestants, rounds=2)
    monkeypatch.setitem(harness.WORKLOADS, "diamond", brief)
    result = CliRunner().invoke(harness.main, ["diamond", "--json"])
    (report,) = json.loads(result.stdout)
    assert report["absent"]["peer"] == "missing"
    assert report["measured"]["mutorch"] > 0
