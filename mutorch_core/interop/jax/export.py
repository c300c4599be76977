"""`to_jax`: an op as a function of JAX arrays, whose derivatives are the op's rules, with and without `jax.jit`.

JAX cannot trace an op that is compiled or reads values. Such an op runs on NumPy arrays, in a callback of the compiled
program. JAX needs the shapes of its results: they come from the op's `@f.meta` rule, or from its result for ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from mutorch_core.arrays.meta import Meta
from mutorch_core.arrays.namespaces import library_namespace
from mutorch_core.declaration.op import Op
from mutorch_core.errors import OperandError
from mutorch_core.interop.derivative_orders import DerivativeOrder
from mutorch_core.interop.op_calls import Call, Framework, as_sequence, caller, repack_like, supports

__all__ = ["to_jax"]

jax: Any = import_module("jax")
jnp: Any = import_module("jax.numpy")

ARRAYS: Any = (jax.Array, np.ndarray, np.generic)

CACHE_SIZE = 256
"""The number of an op's calls that are cached. Calls that differ in their arrays only count once."""


def is_floating(array: Any) -> bool:
    """Return whether an array can carry a gradient."""
    return jnp.issubdtype(array.dtype, jnp.inexact)


JAX = Framework(lambda value: isinstance(value, ARRAYS), is_floating)


def to_jax(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return a function of JAX arrays with the op's signature, which JAX can differentiate backwards to any order.

    It can be traced by `jax.jit`. An op that JAX can't trace, or that takes no JAX arrays, runs in a
    `jax.pure_callback`.
    """
    cache: dict[Any, Callable[..., Any]] = {}

    def apply(call: Call) -> Any:
        key = call.key
        function = cache.get(key) if key is not None else None
        if function is None:
            template = call.without_arrays()
            function = differentiable(DerivativeOrder(template, call.active, len(call.arrays)), Route(template))
            if key is not None and len(cache) < CACHE_SIZE:
                cache[key] = function  # the same function, so that JAX compiles it once
        return function(*map(jnp.asarray, call.arrays))

    return caller(op, JAX, apply)


def differentiable(order: DerivativeOrder, route: Route) -> Callable[..., Any]:
    """Return a `jax.custom_vjp` that computes an order. Its derivative computes the next order."""

    def value(*arrays: Any) -> Any:
        return route.run(order, arrays)

    def forward(*arrays: Any) -> tuple[Any, Any]:
        return function(*arrays), arrays

    def backward(arrays: tuple[Any, ...], cotangents: Any) -> tuple[Any, ...]:
        gs = as_sequence(cotangents)
        reached = tuple(i for i, g in enumerate(gs) if g.dtype != jax.dtypes.float0)
        pulled = derivatives.get(reached)
        if pulled is None:
            pulled = derivatives[reached] = differentiable(order.derivative(reached), route)
        results: list[Any] = [None] * order.count
        for index, cotangent in zip(order.active, pulled(*arrays, *[gs[i] for i in reached]), strict=True):
            results[index] = cotangent
        return tuple(results)

    derivatives: dict[tuple[int, ...], Callable[..., Any]] = {}
    function: Any = jax.custom_vjp(value)
    function.defvjp(forward, backward)
    return function


class Route:
    """Computation of a call's orders: on JAX arrays or, if JAX can't trace that, in a callback on NumPy arrays."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.direct = supports(call.op, "jax")

    def run(self, order: DerivativeOrder, arrays: Sequence[Any]) -> Any:
        """Return an order's value."""
        traced = any(isinstance(array, jax.core.Tracer) for array in arrays)
        if self.direct:
            try:
                return as_jax(order.function(*map(jnp.asarray, arrays)))
            except Exception as error:
                if not traced or not untraceable(error):
                    raise
        if traced:
            return self.run_in_callback(order, arrays)
        return as_jax(order.function(*map(np.asarray, arrays)))

    def run_in_callback(self, order: DerivativeOrder, arrays: Sequence[Any]) -> Any:
        """Return an order's value by a callback from a compiled program."""
        shapes = self.shapes(order, arrays)

        def on_numpy(*inputs: Any) -> Any:
            result = order.function(*map(np.asarray, inputs))
            pairs = zip(as_sequence(result), as_sequence(shapes), strict=True)
            return repack_like(shapes, [np.asarray(output, dtype=shape.dtype) for output, shape in pairs])

        return jax.pure_callback(on_numpy, shapes, *arrays, vmap_method="sequential")

    def shapes(self, order: DerivativeOrder, arrays: Sequence[Any]) -> Any:
        """Return shapes and dtypes of an order's value. Those of a cotangent are the shape and dtype of its array."""
        if order.function is not self.call:
            function: Any = order.function
            return tuple(shape_struct(arrays[index]) for index in function.of.active)
        rule = self.call.op.meta_rule
        if rule is not None:
            numpy = library_namespace("numpy")
            metas = [Meta(tuple(a.shape), np.dtype(a.dtype), None, numpy) for a in arrays]
            return as_shape_structs(self.call.apply_meta_rule(rule, metas))
        return self.trial_shapes(order, arrays)

    def trial_shapes(self, order: DerivativeOrder, arrays: Sequence[Any]) -> Any:
        """Return shapes and dtypes of a forward's results for trial inputs. Raises OperandError if they differ."""
        problem = f"{self.call.op.name} can't be traced by JAX"
        results: list[Any] = []
        refusals: list[Exception] = []
        for fill in (filled_with_ones, zeros_for_integers, distinct_values):
            try:
                results.append(as_shape_structs(order.function(*[fill(array.shape, array.dtype) for array in arrays])))
            except Exception as error:  # an index or a matrix that the op refuses
                refusals.append(error)
        if not results:
            text = f"{problem}, and refuses ones, which would tell the shape of its result: declare that with @f.meta"
            raise OperandError(text) from refusals[0]
        if any(other != results[0] for other in results):
            raise OperandError(f"{problem}: the shape of its result depends on values here")
        return results[0]


def filled_with_ones(shape: tuple[int, ...], dtype: Any) -> Any:
    """Return trial input: ones."""
    return np.ones(shape, dtype=dtype)


def zeros_for_integers(shape: tuple[int, ...], dtype: Any) -> Any:
    """Return trial input: ones, and zeros if the dtype is integer or boolean. Shapes may depend on such values."""
    return np.ones(shape, dtype=dtype) * np.asarray(np.dtype(dtype).kind not in "biu", dtype=dtype)


def distinct_values(shape: tuple[int, ...], dtype: Any) -> Any:
    """Return trial input: different numbers between 0 and 1, and zeros if the dtype is integer or boolean."""
    values = (1 + np.arange(prod(shape))) / (2 + prod(shape))
    return values.reshape(shape).astype(dtype)


def as_shape_structs(result: Any) -> Any:
    """Return shapes and dtypes of an op's result."""
    return repack_like(result, [shape_struct(output) for output in as_sequence(result)])


def shape_struct(value: Any) -> Any:
    """Return shape and dtype, in 32 bits unless JAX is configured for 64."""
    dtype = getattr(value, "dtype", None) or np.asarray(value).dtype
    return jax.ShapeDtypeStruct(getattr(value, "shape", ()), jax.dtypes.canonicalize_dtype(dtype))


def as_jax(result: Any) -> Any:
    """Return an op's result with its outputs as JAX arrays."""
    return repack_like(result, [jnp.asarray(output) for output in as_sequence(result)])


def untraceable(error: BaseException | None) -> bool:
    """Return whether an error, or a cause of it, is JAX's for a function that can't be traced."""
    while error is not None:
        if isinstance(error, (jax.errors.JAXTypeError, jax.errors.JAXIndexError)):
            return True
        error = error.__cause__
    return False
