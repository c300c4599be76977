"""Hooks see the total cotangent once, wherever it comes from, and their errors name the line that registered them."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors
from mutorch_core.declaration.pullback import Pullback
from mutorch_core.engine.hooks import HookedRule

DOUBLE = {"float": 3.0, "array": np.array([1.0, 2.0])}


def here(offset=0):
    """The file and line of the caller, `offset` lines further down, as a pattern."""
    return rf"test_hooks\.py:{inspect.currentframe().f_back.f_lineno + offset}"


def vector(name=None):
    return mt.Var(np.array([1.0, 2.0]), name)


# seeing


@pytest.mark.parametrize("value", DOUBLE.values(), ids=DOUBLE)
def test_a_hook_sees_the_total_cotangent_once(value):
    x = mt.Var(value)
    h = x * x
    z = xp.sum(h * h + 3.0 * h + xp.sin(h))
    seen = []
    h.register_hook(seen.append)
    z.backprop()
    (g,) = seen
    np.testing.assert_allclose(g, 2 * value**2 + 3 + np.cos(value**2), rtol=1e-12)
    np.testing.assert_allclose(x.grad, g * 2 * value, rtol=1e-12)


def test_uses_from_before_the_registration_count_too():
    x = vector()
    h = x * x
    z = xp.sum(h * 5.0)
    seen = []
    h.register_hook(seen.append)
    (z + xp.sum(h)).backprop()
    np.testing.assert_array_equal(seen, [[6.0, 6.0]])


def test_a_leafs_hook_sees_its_gradient_of_each_pass():
    x = vector("x")
    early = xp.sum(x * 3.0)
    early.backprop()
    seen = []
    x.register_hook(lambda g: seen.append(g.copy()) or 10.0 * g)
    (early + xp.sum(x)).backprop()
    np.testing.assert_array_equal(seen, [[4.0, 4.0]])
    np.testing.assert_array_equal(x.grad, [43.0, 43.0])
    assert x.name == "x"
    x.clear_grad()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])


def test_a_result_that_a_pass_starts_from():
    x = mt.Var(3.0)
    z = x * x
    z.register_hook(lambda g: g * 7.0)
    z.backprop()
    assert x.grad == 42.0
    x.clear_grad()
    x.register_hook(lambda g: g + 1.0)
    x.backprop()
    assert x.grad == 2.0


def test_each_output_of_an_op_has_hooks():
    a = mt.Var(np.array([[2.0, 1.0], [0.5, 3.0]]))
    q, r = xp.linalg.qr(a)
    seen = {}
    q.register_hook(lambda g: seen.update(q=g))
    r.register_hook(lambda g: seen.update(r=g) or g * 2.0)
    (xp.sum(q * 3.0) + xp.sum(r * 5.0)).backprop()
    np.testing.assert_array_equal(seen["q"], np.full((2, 2), 3.0))
    np.testing.assert_array_equal(seen["r"], np.full((2, 2), 5.0))
    hooked = a.grad
    a.clear_grad()
    q, r = xp.linalg.qr(a)
    (xp.sum(q * 3.0) + xp.sum(r * 10.0)).backprop()
    np.testing.assert_allclose(hooked, a.grad)


def test_no_hook_where_nothing_flows_back():
    q, r = xp.linalg.qr(mt.Var(np.eye(2)))
    q.register_hook(lambda _: pytest.fail("nothing depends on q"))
    xp.sum(r).backprop()


def test_outputs_that_rules_saved_count_in_recorded_passes():
    def second(f):
        x = mt.Var(np.array([0.3, 0.4]))
        h = f(x)
        xp.sum(h * h).backprop(create_graph=True)
        gradient = x.grad
        seen = []
        h.register_hook(lambda g: seen.append(g.copy()))
        xp.sum(gradient * gradient).backprop()
        return seen

    (seen,) = second(xp.tanh)  # its rule saves its output: h̄ = ∂/∂h of Σ (2h (1 - h²))²
    h = np.tanh([0.3, 0.4])
    np.testing.assert_allclose(seen, 2 * (2 * h - 2 * h**3) * (2 - 6 * h**2))


# replacing


def test_hooks_replace_in_the_order_of_registration():
    x = mt.Var(3.0)
    h = x * 2.0
    h.register_hook(lambda g: g + 1.0)
    h.register_hook(lambda g: g * 10.0)
    h.register_hook(lambda _: None)
    (h * 1.0).backprop()
    assert x.grad == 40.0


def test_clipping_is_differentiated_in_recorded_passes():
    def f(x):
        h = x * x
        h.register_hook(lambda g: xp.clip(g, -3.0, 3.0))
        return xp.sum(h * h)

    x = np.array([0.5, 2.0])
    # below the limit x̄ = 4x³, beyond it 6x
    np.testing.assert_allclose(mt.grad(f)(x), [4 * 0.125, 6 * 2.0])
    np.testing.assert_allclose(mt.grad(lambda x: xp.sum(mt.grad(f)(x)))(x), [12 * 0.25, 6.0])


def test_a_recorded_pass_gives_hooks_vars_and_takes_raw_replacements():
    x = vector()
    h = x * x
    kinds = []
    h.register_hook(lambda g: kinds.append(type(g)))
    h.register_hook(lambda g: np.array([1.0, 10.0]))
    xp.sum(h).backprop(create_graph=True)
    assert kinds == [mt.Var]
    np.testing.assert_array_equal(x.grad.value, [2.0, 40.0])


def test_a_raw_pass_takes_vars_as_replacements():
    x, scale = vector(), mt.Var(3.0)
    h = x * 1.0
    h.register_hook(lambda g: scale * g)
    xp.sum(h).backprop()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])


def test_scalars_of_the_library_and_integers_fit():
    x = mt.Var(np.asarray(2.0))
    h = x * 1.0
    h.register_hook(lambda g: g * 2.0)  # NumPy makes a scalar of a 0-d array
    h.backprop()
    assert type(x.grad) is np.ndarray
    assert x.grad == 2.0
    n = mt.Var(2.0)
    h = n * 1.0
    h.register_hook(lambda _: 3)
    h.backprop()
    assert type(n.grad) is float
    assert n.grad == 3.0


def test_what_a_hook_keeps_or_returns_shares_no_memory_with_gradients():
    x, kept, given = vector(), [], np.array([5.0, 5.0])
    h = x * 1.0
    x.register_hook(kept.append)
    h.register_hook(lambda _: given)
    xp.sum(h).backprop()
    x.grad[:] = -1.0
    np.testing.assert_array_equal(given, [5.0, 5.0])
    np.testing.assert_array_equal(kept, [[5.0, 5.0]])


# removal


def test_removal_by_handle_by_context_and_twice():
    x, count = vector(), []
    h = x * x
    handle = h.register_hook(lambda _: count.append(1))
    xp.sum(h).backprop()
    assert "test_hooks.py" in repr(handle)
    handle.remove()
    handle.remove()
    assert "removed" in repr(handle)
    with h.register_hook(lambda _: count.append(2)):
        xp.sum(h).backprop()
    xp.sum(h).backprop()
    assert count == [1, 2]
    assert type(h.node.rule) is Pullback


def test_removal_while_the_pass_runs():
    x, ran = vector(), []
    h = x * x
    z = xp.sum(h)
    first = h.register_hook(lambda _: ran.append("first") or later.remove())
    later = h.register_hook(lambda _: ran.append("later"))
    z.register_hook(lambda _: of_the_leaf.remove())
    of_the_leaf = x.register_hook(lambda _: ran.append("leaf"))
    z.backprop()
    assert ran == ["first"]
    first.remove()
    np.testing.assert_array_equal(x.grad, 2 * x.value)


def test_a_hook_that_removes_itself_runs_once():
    x, ran = mt.Var(2.0), []
    h = x * x
    handle = h.register_hook(lambda g: handle.remove() or ran.append(g))
    h.backprop()
    h.backprop()
    assert ran == [1.0]
    assert x.grad == 8.0


def test_removal_after_release():
    x = mt.Var(2.0)
    h = x * x
    handle = h.register_hook(lambda g: g * 2.0)
    h.backprop(release=True)
    handle.remove()
    assert x.grad == 8.0
    with pytest.raises(errors.Released):
        h.backprop()


def test_hooks_registered_by_a_hook_act_from_the_next_pass_or_use_on():
    x, y, seen = vector(), vector(), []
    h = x * y
    z = xp.sum(h + x)

    def register(g):
        for var in (h, x, y):
            var.register_hook(seen.append)

    handle = z.register_hook(register)
    z.backprop()
    np.testing.assert_array_equal(seen, [[1.0, 1.0]])  # the pass was still to come to h
    handle.remove()
    seen.clear()
    xp.sum(x * 5.0).backprop()
    np.testing.assert_array_equal(seen, [[5.0, 5.0]])
    np.testing.assert_array_equal(x.grad, y.value + 1.0 + 5.0)
    assert str(x) == "(var | float64[2])"


# transforms and checkpoints


def test_an_argument_of_a_transform():
    def f(x):
        x.register_hook(lambda g: g * 100.0)
        return xp.sum(x * x)

    np.testing.assert_array_equal(mt.grad(f)(np.array([1.0, 2.0])), [200.0, 400.0])
    x = vector()
    xp.sum(mt.grad(f)(x)).backprop()  # the second derivative, by two passes through the hook
    np.testing.assert_array_equal(x.grad, [20000.0, 20000.0])


def test_a_hook_inside_a_checkpoint_acts_once():
    seen = []

    @mt.checkpoint
    def f(x):
        x.register_hook(lambda g: g * 3.0)
        h = x * x
        h.register_hook(lambda g: seen.append(g) or g * 2.0)
        return h * 5.0

    x = vector()
    z = f(x)
    z.register_hook(lambda g: g + 0.0)
    xp.sum(z).backprop()
    np.testing.assert_array_equal(seen, [[5.0, 5.0]])
    np.testing.assert_array_equal(x.grad, 3 * 2 * 5 * 2 * x.value)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("make", [vector, lambda: vector() * 1.0], ids=["leaf", "result"])
def test_a_hook_on_a_checkpoints_closure_acts_once(depth, make):
    w, seen = make(), []

    def f(x):
        w.register_hook(lambda g: seen.append(g) or None)
        return x * w

    for _ in range(depth):
        f = mt.checkpoint(f)
    xp.sum(f(vector())).backprop()
    np.testing.assert_array_equal(seen, [[1.0, 2.0]])


def test_two_calls_of_a_checkpoint_register_twice():
    w, seen = vector(), []

    @mt.checkpoint
    def f(x):
        w.register_hook(lambda g: seen.append(g) or None)
        return x * w

    xp.sum(f(f(vector()))).backprop()
    assert len(seen) == 2


def test_the_graphs_text_and_pickles_pass_hooks_by():
    x = vector("x")
    h = x * x
    before = str(xp.sum(h)), str(x)
    for var in (x, h):
        var.register_hook(lambda _: None)
    assert (str(xp.sum(h)), str(x)) == before
    assert copy.copy(x).grad.tolist() == [0.0, 0.0]
    assert pickle.loads(pickle.dumps(x)).name == "x"
    assert xp.sum(h.detach()).node is None


def test_views_keep_the_hook_of_the_value_before_an_assignment():
    x = vector()
    h = x * 1.0
    seen = []
    h.register_hook(seen.append)
    part = h[:1]
    part[0] = part[0] * 3.0
    xp.sum(h).backprop()
    np.testing.assert_array_equal(seen, [[3.0, 1.0]])


# retain_grad


def test_retain_grad_adds_up_after_hooks_and_is_cleared():
    x = vector()
    h = x * x
    h.retain_grad()
    h.retain_grad()
    h.register_hook(lambda g: g * 2.0)
    np.testing.assert_array_equal(h.grad, [0.0, 0.0])
    z = xp.sum(h * 3.0)
    z.backprop()
    z.backprop()
    np.testing.assert_array_equal(h.grad, [12.0, 12.0])
    h.grad[:] = 0.0
    np.testing.assert_array_equal(x.grad, 12 * 2 * x.value)
    h.clear_grad()
    np.testing.assert_array_equal(h.grad, [0.0, 0.0])


def test_retain_grad_is_recorded_in_recorded_passes():
    x = mt.Var(3.0)
    h = x * x
    h.retain_grad()
    (h * h).backprop(create_graph=True)
    assert h.grad.value == 18.0
    x.clear_grad()
    h.grad.backprop()
    assert x.grad == 12.0


def test_retain_grad_of_a_leaf_changes_nothing():
    x = mt.Var(3.0)
    x.retain_grad()
    (x * x).backprop()
    assert x.grad == 6.0
    with pytest.raises(errors.NotTracked, match="only a leaf"):
        (x * x).grad


# bad input


@pytest.mark.parametrize(
    ("replacement", "found"),
    [
        (lambda g: g[:1], r"returned float64\[1\]"),
        (lambda g: g.astype(np.float32), r"returned float32\[2\]"),
        (lambda _: 2.0, r"returned 2\.0"),
        (lambda _: "g", "returned a str"),
    ],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_replacement_that_does_not_fit_names_the_registration(replacement, found, create_graph):
    x = vector()
    h = x * x
    place = here(1)
    h.register_hook(lambda g: replacement(g.value if create_graph else g))
    with pytest.raises(
        errors.CotangentError, match=rf"registered at .*{place} {found}.* for the cotangent float64\[2\]"
    ):
        xp.sum(h).backprop(create_graph=create_graph)
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])


@pytest.mark.parametrize("returned", [1j, np.ones(2)])
def test_a_replacement_of_a_number_that_does_not_fit(returned):
    h = mt.Var(2.0) * 1.0
    h.register_hook(lambda _: returned)
    with pytest.raises(errors.CotangentError, match=r"for the cotangent 1\.0"):
        h.backprop()


def test_a_hook_that_raises_keeps_its_error_and_adds_the_registration():
    x = vector()
    h = x * x
    place = here(1)
    h.register_hook(lambda g: {}[g.shape])
    with pytest.raises(KeyError, match=f"in the hook registered at .*{place}"):
        xp.sum(h).backprop()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0])


def test_a_hook_can_not_write_into_its_cotangent():
    x = vector()
    h = x * x

    def write(g):
        g *= 2.0

    h.register_hook(write)
    with pytest.raises(ValueError, match=r"read-only[\s\S]*in the hook registered at"):
        xp.sum(h).backprop()

    def assign(g):
        g[...] = 0.0

    k = x * x
    k.register_hook(assign)
    xp.sum(k).backprop(create_graph=True)
    np.testing.assert_array_equal(x.grad.value, 2 * x.value)


def test_values_without_a_cotangent_and_hooks_that_are_no_function():
    x = vector()
    with pytest.raises(errors.NotTracked, match=f"register_hook at .*{here(1)}.*not tracked"):
        x.detach().register_hook(print)
    with pytest.raises(errors.NotTracked, match=f"retain_grad at .*{here(1)}.*not tracked"):
        x.detach().retain_grad()
    with pytest.raises(errors.OperandError, match=f"register_hook at .*{here(1)}.*a int, not a function"):
        x.register_hook(3)
    h = x * x
    xp.sum(h).backprop(release=True)
    with pytest.raises(errors.Released, match=f"register_hook at .*{here(1)}.*released"):
        h.register_hook(print)


def test_without_hooks_nodes_have_their_ops_own_rules():
    x = vector()
    assert type((x * x).node.rule) is Pullback
    h = x * x
    h.register_hook(print)
    assert type(h.node.rule) is HookedRule
    assert type((x * x).node.rule) is Pullback
