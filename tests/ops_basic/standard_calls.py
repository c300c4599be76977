"""Calls of the Array API standard's functions, drawn from the signatures that array_api_strict gives them."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import strategies as st

strict = pytest.importorskip("array_api_strict")

LATER = {"broadcast_shapes", "isin"}
"""Functions of versions after 2024.12."""


def listed(module, prefix=""):
    """The functions of the standard that a module has, with their signatures."""
    names = getattr(module, "__all__", dir(module))
    functions = {name: getattr(module, name) for name in names if name not in LATER and "flags" not in name}
    return {prefix + name: inspect.signature(f) for name, f in functions.items() if inspect.isfunction(f)}


FUNCTIONS = listed(strict) | listed(strict.linalg, "linalg.") | listed(strict.fft, "fft.")
del FUNCTIONS["__array_namespace_info__"]  # whose answer is a library's own object, compared in test_dtypes
SHIFTS = ("bitwise_left_shift", "bitwise_right_shift")
BINARY = [name for name, s in FUNCTIONS.items() if [*s.parameters] == ["x1", "x2"] and "." not in name]


class Dtype(str):
    """The name of a dtype, which is to become the library's own."""


NAMES = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
NAMES = ["float64", "float32", "complex64", "complex128", "bool", *NAMES, "float64", "float32", "int64"]
SHAPES = [(3,), (), (2, 3), (2, 1), (1, 3), (0,), (3, 3), (2, 0), (2, 2, 2)]
ORDINARY = [0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -2.5]
NOTORIOUS = [*ORDINARY, -0.0, 1e30, np.inf, -np.inf, np.nan]


def made(dtype, shape, seed, values):
    """A NumPy array of a few values, all of them small where the dtype has no room for others."""
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        values = [False, True]
    elif "int" in dtype:
        values = [0, 1, 2, 3, 7, 100] + [-1, -3] * (dtype[0] == "i")
    elif dtype[0] == "c":  # where NaN and infinities are left to the library's way of multiplying
        values = [*ORDINARY, 1j, 2 - 0.5j, -1 + 1j]
    return np.asarray(rng.choice(values, shape), dtype)


def arrays(dtypes=NAMES, shapes=SHAPES, values=NOTORIOUS):
    return st.builds(made, st.sampled_from(dtypes), st.sampled_from(shapes), st.integers(0, 99), st.just(values))


def one_of(*values):
    return st.sampled_from(values)


dtypes = st.sampled_from([*map(Dtype, NAMES)])
scalars = one_of(True, 2, -1, 0, 0.5, 1.0)
array, flags, nothing = arrays(), st.booleans(), st.none()
numeric = ["float64", "float32", "complex128", "int64"]
matrix = arrays(numeric, [(3, 3), (2, 2, 2), (2, 3), (3,), (0, 0)], ORDINARY)
hermitian = arrays(numeric, [(3, 3), (2, 2, 2)], ORDINARY).map(lambda a: a + np.conj(np.swapaxes(a, -1, -2)))
PARAMETERS = {
    "append": arrays(shapes=[(3,), (2, 3)]), "arrays": st.lists(array, min_size=1, max_size=3),
    "arrays_and_dtypes": st.lists(array | dtypes | scalars, min_size=1, max_size=3),
    "axes": one_of((0,), (1, 0), (0, 1), (-1,), 1, 2, (0, 2, 1), ((0,), (0,))),
    "axis": one_of(0, -1, 1, 2, (0, 1), ()), "condition": arrays(["bool"]), "copy": flags,
    "correction": one_of(0, 1, 0.5, 1.0), "d": one_of(1.0, 0.5), "descending": flags,
    "destination": one_of(0, -1, (1, 0)), "device": nothing, "dtype": dtypes, "endpoint": flags, "fill_value": scalars,
    "from_": array | dtypes, "full_matrices": flags, "include_initial": flags, "indexing": one_of("xy", "ij"),
    "indices": arrays(["int64"], [(2,), (3,), (2, 3)]), "k": one_of(0, 1, -1), "keepdims": flags,
    "kind": one_of("bool", "integral", "numeric", ("bool", "real floating"), "none", Dtype("int8")),
    "max": nothing | one_of(2, 0, 0.5, 1.0) | array, "min": nothing | scalars | array,
    "mode": one_of("reduced", "complete"), "n": one_of(1, 2, 3), "n_cols": one_of(None, 2), "n_rows": one_of(0, 2, 3),
    "norm": one_of("ortho", "forward", "none"), "num": one_of(0, 1, 5),
    "obj": array | scalars | one_of([1, 2], [[1.5, 2], [3, 4]], [], [[1], 2]), "offset": one_of(0, 1, -1),
    "ord": one_of("fro", "nuc", 2, 1, np.inf, -np.inf, -1, 0), "prepend": arrays(shapes=[(3,), (2, 3)]),
    "repeats": one_of(0, 2) | arrays(["int64"], [(3,), (2,)]).map(abs),
    "repetitions": one_of((2,), (1, 2), (), (2, 1, 2)), "rtol": one_of(1e-3), "s": one_of((3,), (2, 4)),
    "shape": st.sampled_from([*SHAPES, (-1,), (3, 2), (6,), 3]), "shift": one_of(1, -1, 4, (1, 2)),
    "side": one_of("left", "right"), "sorter": nothing, "source": one_of(0, 1, (0, 1)), "stable": flags,
    "start": one_of(0, 1, 0.5), "step": one_of(1, 2, 0.5, -1), "stop": one_of(4, 3, 2.5), "to": dtypes,
    "type": dtypes | array, "upper": flags, "x": array, "x1": array, "x2": array,
}  # fmt: skip
SPECIAL = {
    **{(name, x): matrix for name in FUNCTIONS if name.startswith("linalg.") for x in ("x", "x1", "x2")},
    **{(name, "x"): arrays(values=ORDINARY) for name in FUNCTIONS if name.startswith("fft.")},
    **{(f"linalg.{name}", "x"): hermitian for name in ("eigh", "eigvalsh", "cholesky")},
    **{("linalg.cross", x): arrays(numeric, [(3,), (2, 3), (1, 3)], ORDINARY) for x in ("x1", "x2")},
    **{(name, "x"): arrays(shapes=[(3,), (2, 3), (0,)]) for name in FUNCTIONS if "sort" in name or "cumul" in name},
    **{(name, "x2"): array.map(np.abs) for name in SHIFTS},
    ("meshgrid", "arrays"): st.lists(arrays(shapes=[(3,), (1,), (0,)]), min_size=1, max_size=3),
}
"""Where a parameter's values are other ones: matrices, no negative shifts, nothing 0-d, no NaN to be spread about."""


@st.composite
def calls(draw, name):
    """Positional and keyword arguments for a function of the standard, not always such as it takes."""
    args, kwargs = [], {}
    for parameter in FUNCTIONS[name].parameters.values():
        value = SPECIAL.get((name, parameter.name), PARAMETERS[parameter.name])
        optional = parameter.default is not parameter.empty
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.extend(draw(value))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            if not optional or draw(flags):
                kwargs[parameter.name] = draw(value)
        elif optional and draw(flags):
            break
        else:
            args.append(draw(value))
    if getattr(args[0] if args else None, "shape", None) == ():
        kwargs.pop("axis", None)
    if name in BINARY and name not in (*SHIFTS, "matmul") and draw(st.integers(0, 2)) == 0:
        args[draw(one_of(0, 1))] = draw(scalars)
    if name == "clip":  # its bounds are of x's dtype
        dtype = str(args[0].dtype)
        args[1:] = [made(dtype, b.shape, 7, ORDINARY) if isinstance(b, np.ndarray) else b for b in args[1:]]
    return args, kwargs


def mapped(f, value):
    """Arguments with each array and each name of a dtype put through `f`."""
    if isinstance(value, (list, tuple)):
        return type(value)(mapped(f, item) for item in value)
    if isinstance(value, dict):
        return {key: mapped(f, item) for key, item in value.items()}
    return f(value)


def in_library(library, call):
    """A call's arguments as the library's own. Raises AttributeError where it lacks a dtype."""

    def own(value):
        if isinstance(value, Dtype):
            return getattr(library, value)
        return library.asarray(value) if isinstance(value, np.ndarray) else value

    return mapped(own, call)
