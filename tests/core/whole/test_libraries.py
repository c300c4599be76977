"""The engine on other array libraries: JAX's transformations, Dask's lazy arrays, PyTorch's own autograd."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core import errors

RANDOM = np.random.default_rng(0)
SIDES = (5, 7, 3)
INPUTS, LABELS = RANDOM.normal(size=(4, SIDES[0])), RANDOM.integers(0, SIDES[-1], 4)
WEIGHTS = {
    f"w{i}": RANDOM.normal(size=sides) for i, sides in enumerate(pairwise(SIDES))
} | {f"b{i}": RANDOM.normal(size=side) for i, side in enumerate(SIDES[1:])}  # fmt: skip


def network(weights, inputs):
    hidden = nn.relu(inputs @ weights["w0"] + weights["b0"])
    return hidden @ weights["w1"] + weights["b1"]


def loss(weights, inputs, labels):
    return nn.cross_entropy(network(weights, inputs), labels)


def wave(x):
    return xp.sum(xp.sin(x) * xp.exp(x))


def close(found, wanted):
    assert found.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_allclose(np.asarray(found[name]), wanted[name], rtol=1e-10, atol=1e-14)


# ---------------------------------------------------------------------------------------------------------- JAX


@pytest.fixture
def jax():
    """JAX with 64 bits, for one test."""
    jax = pytest.importorskip("jax", reason="jax is not installed")
    with jax.enable_x64(True):
        yield jax


def test_jit_of_a_gradient_is_the_gradient(jax):
    found = jax.jit(mt.grad(loss))(WEIGHTS, INPUTS, LABELS)
    close(found, mt.grad(loss)(WEIGHTS, INPUTS, LABELS))
    assert all(isinstance(gradient, jax.Array) for gradient in found.values())


def test_jit_around_backprop(jax):
    @jax.jit
    def step(weights, inputs, labels):
        leaves = {name: mt.Var(value) for name, value in weights.items()}
        result = loss(leaves, inputs, labels)
        result.backprop()
        return result.value, {name: leaf.grad for name, leaf in leaves.items()}

    value, gradients = step(WEIGHTS, INPUTS, LABELS)
    np.testing.assert_allclose(value, loss(WEIGHTS, INPUTS, LABELS))
    close(gradients, mt.grad(loss)(WEIGHTS, INPUTS, LABELS))


def test_jit_traces_once_for_several_calls(jax):
    traced = []

    def counted(x):
        traced.append(x)
        return wave(x)

    slope = jax.jit(mt.grad(counted))
    assert [slope(np.full(3, value)).shape for value in (1.0, 2.0, 3.0)] == [(3,)] * 3
    assert len(traced) == 1


@pytest.mark.parametrize("transform", [
    mt.value_and_grad,
    mt.hessian,
    lambda f: mt.grad(lambda x: xp.sum(mt.grad(f)(x) ** 2)),
    lambda f: lambda x: mt.hvp(f, (x,), (x,)),
    lambda f: lambda x: mt.jvp(f, (x,), (x,)),
    lambda f: mt.grad(mt.checkpoint(f)),
    lambda f: mt.jacobian(mt.grad(f)),
])  # fmt: skip
def test_every_transform_can_be_compiled(jax, transform):
    x = np.array([0.5, -1.0, 2.0])
    found, wanted = jax.jit(transform(wave))(x), transform(wave)(x)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_a_gradient_can_be_mapped(jax):
    points = np.array([[0.5, -1.0], [2.0, 0.25], [-3.0, 1.0]])
    found = jax.vmap(mt.grad(wave))(points)
    np.testing.assert_allclose(found, [mt.grad(wave)(point) for point in points], rtol=1e-12)
    np.testing.assert_allclose(jax.jit(jax.vmap(mt.grad(wave)))(points), found, rtol=1e-12)


def test_jax_can_differentiate_a_gradient_of_ours(jax):
    point = np.array([0.5, -1.0])
    found = jax.jacobian(mt.grad(wave))(point)
    np.testing.assert_allclose(found, mt.hessian(wave)(point), rtol=1e-12)


def test_a_compiled_gradient_computes_no_more_than_jaxs_own(jax):
    import jax.numpy as jnp

    def plain(weights, inputs, labels):
        hidden = jax.nn.relu(inputs @ weights["w0"] + weights["b0"])
        logs = jax.nn.log_softmax(hidden @ weights["w1"] + weights["b1"])
        return -logs[jnp.arange(len(labels)), labels].mean()

    ours, theirs = jax.jit(mt.grad(loss)), jax.jit(jax.grad(plain))
    close(ours(WEIGHTS, INPUTS, LABELS), theirs(WEIGHTS, INPUTS, LABELS))
    own, jaxs = (f.lower(WEIGHTS, INPUTS, LABELS).as_text() for f in (ours, theirs))
    assert own.count("stablehlo.dot_general") == jaxs.count("stablehlo.dot_general")
    assert own.count(" stablehlo.") <= jaxs.count(" stablehlo.")


def test_a_branch_on_a_value_can_not_be_traced_and_raises(jax):
    with pytest.raises(jax.errors.TracerBoolConversionError, match=r"in bool\(\) of <Var bool\[\]>"):
        jax.jit(mt.grad(lambda x: x if x > 0 else -x))(1.0)


# --------------------------------------------------------------------------------------------------------- Dask


def raising(*_, **__):
    raise AssertionError("computed before it was asked for")


@pytest.fixture
def da():
    """dask.array, which must not compute anything while a graph is built."""
    dask = pytest.importorskip("dask", reason="dask is not installed")
    with dask.config.set(scheduler=raising):
        yield pytest.importorskip("dask.array")


def computed(value):
    return value.compute(scheduler="synchronous")


def logistic(weights, rows, labels):
    scores = rows @ weights
    return xp.mean(nn.softplus(scores) - labels * scores)


def test_a_gradient_stays_lazy_from_end_to_end(da):
    inputs, labels = da.from_array(INPUTS, chunks=(2, 5)), da.from_array(LABELS, chunks=2)
    weights = {name: da.from_array(value) for name, value in WEIGHTS.items()}
    found = mt.grad(loss)(weights, inputs, labels)
    assert {type(gradient) for gradient in found.values()} == {da.Array}
    close({name: computed(value) for name, value in found.items()}, mt.grad(loss)(WEIGHTS, INPUTS, LABELS))


def test_backprop_and_the_second_order_stay_lazy(da):
    x = mt.Var(da.from_array(np.arange(6.0), chunks=2))
    wave(x).backprop()
    np.testing.assert_allclose(computed(x.grad), mt.grad(wave)(np.arange(6.0)))
    direction = da.ones(6, chunks=2)
    found = mt.hvp(wave, (da.from_array(np.arange(6.0), chunks=2),), (direction,))
    np.testing.assert_allclose(computed(found), mt.hvp(wave, (np.arange(6.0),), (np.ones(6),)))


def test_the_task_graph_grows_linearly_with_the_chunks(da):
    def tasks(count):
        rows, labels = da.ones((4 * count, 3), chunks=(4, 3)), da.ones(4 * count, chunks=4)
        gradient = mt.grad(logistic)(da.ones(3), rows, labels)
        return len(dict(gradient.__dask_graph__()))

    sizes = [tasks(count) for count in (16, 32, 64)]
    per_chunk = [(sizes[1] - sizes[0]) / 16, (sizes[2] - sizes[1]) / 32]
    assert per_chunk[1] == pytest.approx(per_chunk[0], rel=0.02)


def test_dask_optimises_a_gradient_to_no_more_tasks_than_one_written_by_hand(da):
    import dask

    def by_hand(weights, rows, labels):
        scores = rows @ weights
        return rows.T @ (1 / (1 + da.exp(-scores)) - labels) / len(labels)

    given = da.ones(3), da.ones((64, 3), chunks=(4, 3)), da.ones(64, chunks=4)
    own, hand = (dask.optimize(f(*given))[0].__dask_graph__() for f in (mt.grad(logistic), by_hand))
    assert len(own) <= len(hand)


@pytest.mark.parametrize("f", [xp.sum, xp.mean, lambda x: xp.sum(xp.mean(x, axis=0) ** 2), xp.max, xp.std])
def test_a_cotangent_has_the_chunks_of_its_operand(da, f):
    x = da.ones((6, 5), chunks=((2, 3, 1), (4, 1)))
    assert mt.grad(f)(x).chunks == x.chunks


# ------------------------------------------------------------------------------------------------------ PyTorch


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="torch is not installed")


def test_pytorch_records_nothing_of_its_own(torch):
    parameter = torch.nn.Parameter(torch.linspace(-1, 1, 3, dtype=torch.float64))
    constant = torch.ones(3, dtype=torch.float64, requires_grad=True)
    x = mt.Var(parameter)
    result = xp.sum(xp.exp(x * constant) * parameter)
    assert not result.value.requires_grad
    result.backprop()
    assert not x.grad.requires_grad
    found = mt.grad(lambda p: xp.sum(p * constant * parameter))(parameter)
    assert type(found) is torch.Tensor
    assert not found.requires_grad
    assert parameter.grad is constant.grad is None


@pytest.mark.parametrize("f", [xp.positive, xp.negative, xp.flip, lambda x: x[:, None], lambda x: x + x, xp.sum])
def test_pytorch_gradients_share_no_memory_with_anything_else(torch, f):
    x = torch.arange(3.0)
    value, pullback = mt.vjp(f, x)
    g = torch.ones_like(value)
    for _ in range(2):
        (found,) = pullback(g)
        found.fill_(7.0)
    assert (g == 1).all()
    assert (x == torch.arange(3.0)).all()
    first, second = mt.vjp(xp.add, x, x)[1](torch.ones(3))
    assert first.data_ptr() != second.data_ptr()


def test_pytorch_gradients_that_nobody_else_holds_are_not_copied(torch):
    made = []

    @mt.op("test::seen")
    def seen(x: mt.Array, /) -> mt.Array:
        return x * 2

    @seen.vjp("x")
    def _(g):
        found = g * 2
        made.append(found.data_ptr())
        return found

    assert mt.grad(lambda x: xp.sum(seen(x)))(torch.ones(3)).data_ptr() in made


def test_pytorch_values_keep_dtype_and_device(torch):
    for dtype in (torch.float32, torch.float64, torch.complex64):
        found = mt.grad(lambda x: xp.sum(xp.real(x * x)))(torch.ones(3, dtype=dtype))
        assert (found.dtype, found.device) == (dtype, torch.device("cpu"))


# ---------------------------------------------------------------------------------------------------- all alike


@pytest.mark.parametrize("inference", [False, True])
def test_a_gradient_of_pytorch_shares_no_memory_with_the_cotangent(torch, inference):
    with torch.inference_mode(inference):
        cotangent = torch.ones((2, 3), dtype=torch.float64)
        _, pull = mt.vjp(lambda x: xp.reshape(x, (2, 3)), torch.zeros(6, dtype=torch.float64))
        (found,) = pull(cotangent)
        found += 1
    np.testing.assert_array_equal(cotangent, 1.0)


def test_mixed_libraries_are_an_error_that_names_op_and_both(torch):
    for f, own in ((xp.add, "x1=float64[2], x2=float32[2]"), (xp.maximum, "x1=float64[2], x2=float32[2]")):
        with pytest.raises(errors.OperandError) as refused:
            f(mt.Var(np.ones(2)), torch.ones(2))
        assert f"{f.name}({own}): operands of two array libraries are mixed: numpy and torch;" in str(refused.value)
    with pytest.raises(
        errors.OperandError, match=r"basic::concat\(arrays=\[float32\[2\], float64\[2\]\]\): .*torch and nu"
    ):
        xp.concat([torch.ones(2), np.ones(2)])


@pytest.mark.parametrize("library", ["array_api_strict", "jax.numpy", "dask.array"])
def test_mixed_libraries_are_an_error_even_if_one_library_accepts_the_other(library):
    ones = pytest.importorskip(library).ones(2)
    for mix in (lambda x: x * ones, lambda x: x @ ones, lambda x: xp.subtract(ones, x)):
        with pytest.raises(errors.OperandError, match=r"two array libraries are mixed: .*numpy"):
            mix(mt.Var(np.ones(2)))


def test_numpys_scalars_are_numbers_to_other_libraries(torch):
    x = mt.Var(torch.ones(2, dtype=torch.float64))
    for result in (x * np.float64(2), xp.maximum(x, np.float64(2))):
        assert type(result.value) is torch.Tensor


def test_mixed_devices_are_an_error_that_names_the_op():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    there = strict.ones(2, device=strict.Device("device1"))
    with pytest.raises(errors.OperandError, match=r"basic::add\(x1=float64\[2\], x2=float64\[2\]\): .*different dev"):
        xp.add(mt.Var(strict.ones(2)), there)


def test_newly_created_arrays_are_on_the_operands_device():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    device = strict.Device("device1")
    x = mt.Var(strict.asarray([[3.0, 1.0], [2.0, 4.0]], device=device))
    for f in (lambda x: xp.sum(nn.relu(x)), lambda x: xp.sum(xp.sort(x)), lambda x: xp.std(x, correction=1)):
        x.clear_grad()
        f(x).backprop(create_graph=True)
        assert x.grad.device == device
    assert xp.on(strict).zeros_like(x).device == xp.astype(x, strict.float32).device == device


def test_an_unknown_array_type_is_an_error_that_names_it():
    class Table:
        shape, dtype = (2,), np.dtype(float)

    with pytest.raises(errors.OperandError, match=r"basic::add\(.*\): a Table is neither a number nor an array"):
        xp.add(mt.Var(np.ones(2)), Table())
