"""JAX and PyTorch as peers of random programs: their functions for our ops, and their gradients.

Both have most ops under the same names: those of the array API standard and of `torch.nn.functional`. The tables hold
the names that differ; None stands for a missing function.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import array_api_strict
import attrs
import numpy as np
import pytest

import mutorch_core as mt
from tests.core.gradcheck.end_to_end.random_programs import Program

Arrays = Sequence[Any]
Table = Mapping[str, Callable[..., Any] | None]


@attrs.frozen
class Peer:
    """A library that runs programs.

    `homes` are its modules by op namespace, `table` holds names that differ from the op's. `array` makes one of its
    arrays. `gradients` takes a function of arrays, arrays and cotangents. It returns NumPy arrays: the results, the
    cotangents, and the cotangents of these for a cotangent of each array. `precision` is a context in which all is in
    double precision.
    """

    homes: Mapping[str, Any]
    table: Table
    array: Callable[[Any], Any]
    gradients: Callable[[Callable[..., Any], Arrays, Arrays, Arrays], tuple[Arrays, Arrays, Arrays]]
    precision: Callable[[], AbstractContextManager[Any]] = nullcontext

    def function(self, op: Any) -> Callable[..., Any] | None:
        """Return the function for an op: the table's entry, else its namesake, which may be missing."""
        known = op.namespace != "basic" or hasattr(array_api_strict, op.short_name)
        return self.table.get(op.name, getattr(self.homes.get(op.namespace), op.short_name, None) if known else None)

    @property
    def ops(self) -> list[Any]:
        """Return the ops for which it has a function."""
        return [op for op in mt.ops.values() if op.differentiable and self.function(op) is not None]

    def translated(self, op: Any) -> Callable[..., Any]:
        """Return an op as a function of this library's arrays; constants become such arrays."""
        function = self.function(op)

        def call(*args: Any, **kwargs: Any) -> Any:
            bound = op.signature.bind(*args, **kwargs)
            given = {o.name: self.converted(bound.arguments[o.name]) for o in op.operands if o.name in bound.arguments}
            bound.arguments |= given
            return function(*bound.args, **bound.kwargs)

        return call

    def converted(self, operand: Any) -> Any:
        """Convert an operand, which may be a sequence or an index, to this library's arrays."""
        if isinstance(operand, tuple):
            return tuple(map(self.converted, operand))
        return self.array(operand) if isinstance(operand, (np.ndarray, np.generic, float, list)) else operand

    def compare(self, program: Program) -> bool:
        """Assert that results, first and second cotangents agree with this library's.

        Return False if there is nothing to compare: it refuses a case that NumPy allows, such as an axis of a 0-d
        array, or returns NaN, as for the derivative of a single entry's standard deviation.
        """
        results, _ = mt.vjp(program, *program.point)
        generator = np.random.default_rng(len(program.steps))
        given = program.point, drawn_like(results, generator), drawn_like(program.point, generator)
        with self.precision():
            in_theirs = [[self.array(value) for value in arrays] for arrays in given]
            try:
                program.run(in_theirs[0], self.translated)
            except Exception:
                return False
            theirs = self.gradients(lambda *leaves: program.run(leaves, self.translated), *in_theirs)
        largest = np.max([np.abs(array).max(initial=1.0) for arrays in theirs for array in arrays])
        if np.isnan(largest):
            return False
        for what, mine, others in zip(STAGES, by_vjp(mt.vjp, program, *given), theirs, strict=True):
            for a, b in zip(mine, others, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * largest, err_msg=what, strict=True)
        return True


STAGES = ("results", "gradient", "second order")


def drawn_like(values: Arrays, generator: np.random.Generator) -> list[Any]:
    """Return a cotangent in eighths for each of some values; a Python number for a Python number."""
    drawn = [generator.integers(1, 17, np.shape(value)) / 8 for value in values]
    return [float(array) if isinstance(value, float) else array for array, value in zip(drawn, values, strict=True)]


def by_vjp(vjp: Callable[..., Any], f: Callable[..., Any], point: Arrays, cotangents: Arrays, seconds: Arrays) -> Any:
    """Return the results of `gradients`, with the `vjp` of JAX or of Mutorch, which have one signature."""

    def gradient(*leaves: Any) -> Any:
        return vjp(f, *leaves)[1](tuple(cotangents))

    results, _ = vjp(f, *point)
    pulled, pullback = vjp(gradient, *point)
    return tuple([np.asarray(a) for a in arrays] for arrays in (results, pulled, pullback(tuple(seconds))))


# ---------------------------------------------------------------------------------------------------------- JAX


def jax_peer() -> Peer:
    jax = pytest.importorskip("jax", reason="compares with JAX: pip install mutorch[peers]")
    jnp = jax.numpy
    table: Table = {
        "core::sum_to": lambda x, shape: summed_to(jnp, x, shape),
        "core::broadcast_to": jnp.broadcast_to,
        "core::cast": jnp.astype,
        "core::accumulate": jnp.add,
        "basic::copysign": None,
        "basic::hypot": lambda x, y: jnp.sqrt(x * x + y * y),  # of jnp.hypot the second order is wrong where |x| = |y|
        "basic::getitem": lambda x, key: x[key],
        "basic::add_at": lambda x, key, shape: jnp.zeros(shape).at[key].add(x),
        "basic::setitem": lambda x, key, value: x.at[key].set(value),
        "nn::gelu": lambda x, approximate="none": jax.nn.gelu(x, approximate=approximate == "tanh"),
        "nn::ndtr": jax.scipy.special.ndtr,
        "nn::softplus": lambda x, beta=1.0, threshold=None: jax.nn.softplus(beta * x) / beta,
        **UNIQUE,
    }

    return Peer(
        {"basic": jnp, "nn": jax.nn}, table, jnp.asarray, partial(by_vjp, jax.vjp), lambda: jax.enable_x64(True)
    )


# ------------------------------------------------------------------------------------------------------ PyTorch


def torch_peer() -> Peer:
    torch = pytest.importorskip("torch", reason="compares with PyTorch: pip install mutorch[peers]")
    from array_api_compat import torch as standard

    functional = torch.nn.functional

    def added_at(x: Any, key: Any, shape: tuple[int, ...]) -> Any:
        places = torch.arange(math.prod(shape)).reshape(shape)[key]
        zeros = torch.zeros(math.prod(shape), dtype=x.dtype)
        return zeros.index_add(0, places.reshape(-1), x.broadcast_to(places.shape).reshape(-1)).reshape(shape)

    def clipped(x: Any, low: Any, high: Any) -> Any:
        x = x if low is None else torch.maximum(x, low)
        return x if high is None else torch.minimum(x, high)

    def array(value: Any) -> Any:
        return torch.asarray(value, dtype=torch.float64 if isinstance(value, float) else None)

    table: Table = {
        "core::sum_to": lambda x, shape: summed_to(standard, x, shape),
        "core::broadcast_to": torch.broadcast_to,
        "core::cast": lambda x, dtype: x.double(),
        "core::accumulate": torch.add,
        "basic::astype": lambda x, dtype, copy=True, device=None: x.double(),
        "basic::getitem": lambda x, key: x[key],
        "basic::add_at": added_at,
        "basic::setitem": None,
        "basic::clip": clipped,
        "basic::roll": lambda x, shift, axis=None: x if axis == () else standard.roll(x, shift, axis=axis),
        "basic::pow": lambda x, y: torch.exp(y * torch.log(x)),  # of torch.pow the second order is wrong where y = 0
        "basic::real": lambda x: x,
        "basic::imag": lambda x: 0 * x,
        "nn::softmax": lambda x, axis=-1: functional.softmax(x, dim=axis),
        "nn::log_softmax": lambda x, axis=-1: functional.log_softmax(x, dim=axis),
        "nn::mse_loss": lambda x, target, **how: functional.mse_loss(*torch.broadcast_tensors(x, target), **how),
        "nn::softplus": lambda x, beta=1.0, threshold=None: functional.softplus(x, beta, math.inf),
        "nn::ndtr": torch.special.ndtr,
        "nn::dropout": None,
        **UNIQUE,
    }

    def gradients(f: Callable[..., Any], point: Arrays, cotangents: Arrays, seconds: Arrays) -> Any:
        leaves = [x.requires_grad_() for x in point]
        results = f(*leaves)
        pulled = pull(results, leaves, cotangents)
        return tuple(
            [a.detach().numpy(force=True) for a in arrays]
            for arrays in (results, pulled, pull(pulled, leaves, seconds))
        )

    def pull(results: Arrays, leaves: Arrays, cotangents: Arrays) -> Any:
        tracked = [(y, g) for y, g in zip(results, cotangents, strict=True) if y.requires_grad]
        ys, gs = zip(*tracked, strict=True) if tracked else ((), ())
        return torch.autograd.grad(ys, leaves, gs, create_graph=True, allow_unused=True, materialize_grads=True)

    return Peer({"basic": standard, "nn": functional}, table, array, gradients)


UNIQUE: Table = {f"basic::unique_{which}": None for which in ("all", "counts", "inverse", "values")}
"""Ops that neither library differentiates."""


def summed_to(space: Any, x: Any, shape: tuple[int, ...]) -> Any:
    lead = x.ndim - len(shape)
    axes = (*range(lead), *(lead + i for i, side in enumerate(shape) if side == 1))
    return space.reshape(space.sum(x, axis=axes, keepdims=True), shape) if axes else x
