"""Views of NumPy arrays: an assignment changes the values and gradients of all views of one memory."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp

POINT = np.arange(12.0) + 0.5


def assign_to_rows(x):
    first, second, third = x.reshape(3, 4)
    first += 1
    second[1:] *= third[0]
    return x


def assign_to_a_view_of_a_view(x):
    x.reshape(3, 4).T[0] = 5 * x[::4]
    return x


def assign_to_the_whole(x):
    part = x[2:5]
    x[3] = x[0] * x[1]
    x[...] *= 2
    return part


def read_one_view_after_writing_another(x):
    square = x.reshape(3, 4)
    turned = square.T
    square[0, 0] = x[1] * x[2]
    return turned


def assign_to_a_copy(x):
    copy = x[[0, 1]]
    copy *= 3
    whole = x.copy()
    whole[0] = 0
    return x


def assign_to_a_real_part(x):
    real = (x * (1 + 2j)).real
    real[0] = x[3]
    return real


@pytest.mark.parametrize(
    "f",
    [
        assign_to_rows,
        assign_to_a_view_of_a_view,
        assign_to_the_whole,
        read_one_view_after_writing_another,
        assign_to_a_copy,
        assign_to_a_real_part,
    ],
)
def test_values_and_gradients_are_those_of_numpys_views(f):
    def total(x):
        y = f(x * 1.0)
        return (y * y * y).sum()

    assert_allclose(total(xp.asarray(POINT)).value, total(POINT))
    step = 1e-20j  # complex numbers take the same views, and such a step is exact
    if f is not assign_to_a_real_part:
        slopes = [total(POINT + step * unit).imag / 1e-20 for unit in np.eye(12)]
        assert_allclose(mt.grad(total)(POINT), slopes, rtol=1e-13)


def test_assignments_to_a_broadcast_view_and_to_a_real_part_are_not_written_back():
    x = xp.asarray(POINT + 1j)
    real, rows = xp.real(x), xp.broadcast_to(x, (2, 12))
    real[0], rows[0, 0] = 7.0, 7.0
    assert_allclose(x.value, POINT + 1j)
    x[0] = 3 + 1j
    assert_allclose([real.value[0], rows.value[1, 0]], [3, 3 + 1j])


def test_a_view_of_a_leaf_is_a_copy_and_no_array_is_changed():
    x = mt.Var(POINT.copy())
    part = x[:2]
    part += 1
    assert_allclose(x.value, POINT)
    raw = POINT.copy()
    xp.asarray(raw)[:2] = 0
    assert_allclose(raw, POINT)


def test_an_untracked_view_does_not_keep_the_graph_of_its_base_alive():
    x = mt.Var(POINT) * 1.0
    with mt.no_grad():
        part = x[:2]
    whole = weakref.ref(x)
    del x
    gc.collect()
    assert whole() is None
    assert part.shape == (2,)


@pytest.mark.parametrize("count", [31, 32, 40, 64])
def test_an_assignment_updates_all_of_many_views(count):
    x = xp.asarray(POINT)
    views = [x[i % 12 :] for i in range(count)]
    x[11] = 7.0
    assert [view.value[-1] for view in views] == [7.0] * count
    views[-1][-1] = 8.0
    assert [view.value[-1] for view in (x, *views)] == [8.0] * (count + 1)


def test_references_to_dead_views_are_removed_and_live_views_are_kept():
    x = xp.asarray(POINT)
    live = [x[:2]]
    for _ in range(1000):
        x[:2]
    live.append(x[1:])
    assert len(x.alias) < 100
    assert [view for each in x.alias if (view := each()) is not None] == live
    x[1] = 7.0
    assert [live[0].value[1], live[1].value[0]] == [7.0, 7.0]


def test_a_reshape_that_numpy_has_to_copy_is_no_view():
    x = xp.asarray(POINT)
    flat = x.reshape(3, 4).T.reshape(-1)
    flat[0] = 7.0
    assert_allclose(x.value, POINT)
    x[1] = 8.0
    assert_allclose(flat.value[1:], POINT.reshape(3, 4).T.reshape(-1)[1:])


def test_arrays_of_other_libraries_have_no_views():
    strict = pytest.importorskip("array_api_strict")
    x = +mt.Var(strict.asarray([1.0, 2.0, 3.0]))
    part = xp.reshape(x, (3, 1))
    part[0, 0] = 7.0
    assert (float(x.value[0]), float(part.value[0, 0])) == (1.0, 7.0)
    assert not hasattr(x, "alias")


class TestReferences:
    """The weak references of a base to its views."""

    def test_dead_references_are_removed_at_the_thirty_second_view(self):
        x = xp.asarray(POINT)
        for count in range(1, 32):
            x[:2]
            assert len(x.alias) == count
        live = x[:2]
        assert [each() for each in x.alias] == [live]

    def test_dead_references_are_removed_again_when_their_number_has_doubled(self):
        x = xp.asarray(POINT)
        live = [x[:2] for _ in range(40)]
        for count in range(41, 64):
            x[:2]
            assert len(x.alias) == count
        live.append(x[:2])
        assert [each() for each in x.alias] == live

    def test_an_assignment_removes_dead_references(self):
        x = xp.asarray(POINT)
        live = x[:2]
        x[2:]
        assert len(x.alias) == 2
        x[0] = 7.0
        assert [each() for each in x.alias] == [live]
