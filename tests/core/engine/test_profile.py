"""`profile_backward`: one row per op of a pass."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors
from mutorch_core.engine.profile import format_bytes


def profile(f, x):
    with mt.profile_backward() as summary:
        f(x).backprop()
    return summary


def test_rows_are_the_ops_in_the_order_of_the_pass():
    x = mt.Var(np.array([0.0, 1.0, 3.0]))
    summary = profile(lambda x: xp.sum(xp.tanh(x * x) * x), x)
    assert [row.op for row in summary.rows] == ["basic::sum", "basic::multiply", "basic::tanh", "basic::multiply"]
    tanh = summary.rows[2]
    assert tanh.result == "float64[3]"
    assert (tanh.minimum, tanh.maximum) == (0.0, 3.0)
    assert tanh.norm == pytest.approx(10**0.5)
    assert tanh.zero == pytest.approx(1 / 3)
    assert tanh.nan == 0.0
    assert all("test_profile.py:" in row.place for row in summary.rows)
    assert all(row.seconds >= 0.0 for row in summary.rows)
    np.testing.assert_allclose(x.grad, np.tanh(x.value**2) + 2 * x.value**2 / np.cosh(x.value**2) ** 2)


def test_bytes_of_an_array_count_once_and_in_released_passes_too():
    def kept(release):
        x = mt.Var(np.ones(10))
        with mt.profile_backward() as summary:
            xp.sum(x * x * x).backprop(release=release)
        return [row.kept for row in summary.rows]

    # the second product kept x * x and x; the first kept x twice
    assert kept(False) == kept(True) == [0, 160, 0]


def test_several_outputs_numbers_older_graphs_and_transforms():
    a = mt.Var(np.eye(3))
    q, r = xp.linalg.qr(a)
    z = xp.sum(q + r)
    with mt.profile_backward() as summary:
        z.backprop()
    assert [row.op for row in summary.rows] == ["basic::sum", "basic::add", "basic::linalg.qr", "basic::linalg.qr"]
    assert {row.place for row in summary.rows} == {""}
    with mt.profile_backward() as summary:
        assert mt.hvp(lambda x: x * x * x, [2.0], [1.0]) == 12.0
    assert {row.result for row in summary.rows} >= {"1.0", "4.0"}


def test_a_checkpoint_has_a_row_after_those_of_its_second_run():
    with mt.profile_backward() as summary:
        mt.grad(mt.checkpoint(lambda x: xp.sum(xp.sqrt(x))))(np.ones(2))
    assert [row.op for row in summary.rows] == ["basic::sum", "basic::sqrt", "checkpoint"]
    assert summary.rows[2].seconds >= summary.rows[1].seconds


def test_all_passes_are_added_and_none_after_the_context():
    x = mt.Var(2.0)
    with mt.profile_backward() as summary:
        z = x * x
        z.backprop()
        z.backprop()
    z.backprop()
    assert len(summary.rows) == 2
    assert x.grad == 12.0


def test_the_printed_table():
    summary = profile(lambda x: xp.sum(x * x * 1.0), mt.Var(np.array([0.0, 1.0])))
    head, *lines, total = str(summary).splitlines()
    assert head.split() == ["op", "cotangent", "min", "max", "norm", "nan", "zero", "ms", "kept", "called", "at"]
    assert lines[0].startswith("basic::sum       float64[]     1    1     1")
    assert lines[1].startswith("basic::multiply  float64[2]    1    1  1.41")
    assert total.startswith("3 rows")
    assert "16 B" in total
    shares = profile(lambda x: xp.sum(x * 2.0 * np.array([0.0, np.nan])), mt.Var(np.array([1.0, 1.0])))
    assert "50%   50%" in str(shares)
    assert str(mt.profile_backward()).splitlines()[1].startswith("0 rows")


def test_formats_of_bytes():
    assert [format_bytes(size) for size in (0, 999, 1500, 2_000_000)] == ["0 B", "999 B", "1.5 kB", "2.0 MB"]


class Axes:
    """Stands in for matplotlib's axes and keeps what is drawn."""

    def __init__(self):
        self.calls = {}

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.calls.update({name: args})


def test_the_plot_shows_the_norms_on_given_or_new_axes(monkeypatch):
    summary = profile(lambda x: xp.sum(x * 3.0), mt.Var(np.array([3.0, 4.0])))
    axes = Axes()
    assert summary.plot(axes) is axes
    assert list(axes.calls["plot"][1]) == pytest.approx([1.0, 2**0.5])
    assert axes.calls["set_xticks"][1] == ["basic::sum", "basic::multiply"]
    new = Axes()
    pyplot = ModuleType("matplotlib.pyplot")
    pyplot.subplots = lambda **_: (None, new)
    monkeypatch.setitem(sys.modules, "matplotlib", ModuleType("matplotlib"))
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", pyplot)
    assert summary.plot() is new


def test_a_plot_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    with pytest.raises(errors.MissingFramework, match=r"plot\(\) needs matplotlib.*pip install matplotlib"):
        mt.profile_backward().plot()
