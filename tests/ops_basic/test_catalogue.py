"""Every function of the Array API standard 2024.12 (its extensions aside) is here, with the standard's signature."""

import inspect

import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp

OPS = {op.short_name: op for name, op in mt.ops.items() if op.namespace == "basic"}
SIGNATURES = {
    "(x, /)": """
        abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag isfinite isinf
        isnan log log10 log1p log2 logical_not matrix_transpose negative nonzero positive real reciprocal round sign
        signbit sin sinh sqrt square tan tanh trunc unique_all unique_counts unique_inverse unique_values
    """,
    "(x1, x2, /)": """
        add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide equal
        floor_divide greater greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor matmul
        maximum minimum multiply nextafter not_equal pow remainder subtract
    """,
    "(x, /, min=None, max=None)": "clip",
    "(condition, x1, x2, /)": "where",
    "(x, /, *, axis=None, keepdims=False)": "all any argmax argmin count_nonzero max mean min",
    "(x, /, *, axis=None, dtype=None, keepdims=False)": "prod sum",
    "(x, /, *, axis=None, correction=0.0, keepdims=False)": "std var",
    "(x, /, *, axis=None, dtype=None, include_initial=False)": "cumulative_prod cumulative_sum",
    "(x, /, *, axis=-1, n=1, prepend=None, append=None)": "diff",
    "(x1, x2, /, *, axes=2)": "tensordot",
    "(x1, x2, /, *, axis=-1)": "vecdot",
    "(*arrays)": "broadcast_arrays",
    "(x, /, shape)": "broadcast_to",
    "(arrays, /, *, axis=0)": "concat stack",
    "(x, /, axis)": "expand_dims squeeze",
    "(x, /, *, axis=None)": "flip",
    "(x, source, destination, /)": "moveaxis",
    "(x, /, axes)": "permute_dims",
    "(x, repeats, /, *, axis=None)": "repeat",
    "(x, /, shape, *, copy=None)": "reshape",
    "(x, /, shift, *, axis=None)": "roll",
    "(x, repetitions, /)": "tile",
    "(x, /, *, axis=0)": "unstack",
    "(x, indices, /, *, axis=None)": "take",
    "(x, indices, /, *, axis=-1)": "take_along_axis",
    "(x, /, *, axis=-1, descending=False, stable=True)": "argsort sort",
    "(x1, x2, /, *, side='left', sorter=None)": "searchsorted",
    "(start, /, stop=None, step=1, *, dtype=None, device=None)": "arange",
    "(obj, /, *, dtype=None, device=None, copy=None)": "asarray",
    "(shape, *, dtype=None, device=None)": "empty ones zeros",
    "(x, /, *, dtype=None, device=None)": "empty_like ones_like zeros_like",
    "(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None)": "eye",
    "(x, /, *, device=None, copy=None)": "from_dlpack",
    "(shape, fill_value, *, dtype=None, device=None)": "full",
    "(x, /, fill_value, *, dtype=None, device=None)": "full_like",
    "(start, stop, /, num, *, dtype=None, device=None, endpoint=True)": "linspace",
    "(*arrays, indexing='xy')": "meshgrid",
    "(x, /, *, k=0)": "tril triu",
    "(x, dtype, /, *, copy=True, device=None)": "astype",
    "(from_, to, /)": "can_cast",
    "(type, /)": "finfo iinfo",
    "(dtype, kind)": "isdtype",
    "(*arrays_and_dtypes)": "result_type",
    "()": "__array_namespace_info__",
}
FUNCTIONS = [(name, signature) for signature, names in SIGNATURES.items() for name in names.split()]
OPERATORS = "+ - * / // % ** @ & | ^ ~ << >> < <= > >= == != neg pos abs [] []="


@pytest.mark.parametrize(("name", "signature"), FUNCTIONS)
def test_the_standards_function_has_the_standards_signature(name, signature):
    own = inspect.signature(getattr(xp, name))
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in own.parameters.values()]
    assert str(inspect.Signature(bare)) == signature


def test_every_op_is_registered_under_the_name_by_which_it_is_exported():
    for name, op in OPS.items():
        *path, short = name.split(".")
        namespace = getattr(xp, path[0]) if path else xp
        assert getattr(namespace, short) is op
        assert short in namespace.__all__


def test_every_operator_of_var_has_its_op():
    assert {op.operator for op in OPS.values() if op.operator} == set(OPERATORS.split())


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_op_says_its_shapes_units_rule_errors_and_source(op):
    for section in ("Shapes:", "Units:", "Rule:", "Raises:", "Source:"):
        assert section in op.__doc__
    if op.kinks:
        assert "At kinks:" in op.__doc__


ELEMENTWISE = [
    name for name in SIGNATURES["(x, /)"].split() if OPS[name].rules and name not in ("matrix_transpose", "unique_all")
]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_python_numbers_go_in_and_come_out(name):
    f, x = OPS[name], 1.5 if name == "acosh" else 0.5
    y = f(mt.Var(x))
    assert type(y.value) is float
    assert type(mt.grad(f)(x)) is float
    assert type(mt.grad(mt.grad(f))(x)) is float
