"""The property `libraries`: another result on another array library is wrong; a refused case is a gap."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, injected, op
from mutorch_core.gradcheck import assert_op_is_right, check_op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.cases.reproduction import as_python
from mutorch_core.gradcheck.failures import DependsOnLibrary
from mutorch_core.gradcheck.properties import properties_of
from mutorch_core.gradcheck.under_test.backends import backends_of
from mutorch_core.gradcheck.verdicts import Verdict

pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
STRICT = "array_api_strict"


def libraries(subject, backend=STRICT, profile="quick"):
    """Return the result of the property."""
    return next(found for found in check_op(subject, profile, backend=backend).properties if found.name == "libraries")


def needs(library):
    return pytest.mark.skipif(find_spec(library) is None, reason=f"{library} is not installed")


def square(name="test::square"):
    @op(name)
    def made(x: Array, /, *, xp: Namespace = injected) -> Array:
        return x * x

    return made


def with_rule(made, rule):
    made.vjp("x")(rule)
    return made


def right():
    return with_rule(square(), lambda g, x: 2 * g * x)


@pytest.mark.parametrize("library", [
    STRICT,
    f"{STRICT}:device1",
    pytest.param("torch", marks=needs("torch")),
    pytest.param("jax", marks=needs("jax")),
    pytest.param("dask", marks=needs("dask")),
])  # fmt: skip
def test_a_right_op_is_proven_on_every_library(library):
    found = libraries(right(), library)
    assert (found.verdict, found.message) == (Verdict.PROVEN, "")
    assert found.examples > 5


def test_there_is_an_item_only_where_libraries_are_chosen():
    names = [found.name for found in properties_of(right())]
    assert "libraries" not in names
    assert [found.name for found in properties_of(right(), 2, backends_of(STRICT))] == [*names, "libraries"]
    assert backends_of("numpy, numpy") == ()


def test_a_forward_that_is_another_one_there_is_wrong():
    made = right()
    made.forward(STRICT)(lambda x, *, xp: x * x + 1)
    found = libraries(made)
    assert found.verdict is Verdict.WRONG
    assert type(found.failure) is DependsOnLibrary
    assert found.message.startswith("✗ test::square    result is another one on array_api_strict    [libraries]")
    assert f"replay        mutorch gradcheck test::square --backend {STRICT} --case" in found.message


def test_a_rule_that_is_another_one_there_is_wrong_and_named():
    made = with_rule(square(), lambda g, x, xp: g * x * (3 if STRICT in xp.__name__ else 2))
    found = libraries(made)
    assert found.verdict is Verdict.WRONG
    assert "cotangent of x is another one on array_api_strict" in found.message
    with pytest.raises(DependsOnLibrary):
        assert_op_is_right(made, "quick", backend=STRICT)


def test_a_result_on_another_device_is_wrong():
    made = right()
    made.forward(STRICT)(lambda x, *, xp: xp.zeros(x.shape, dtype=x.dtype))
    found = libraries(made, f"{STRICT}:device1")
    assert "result is no array of it on array_api_strict:device1" in found.message
    assert "it is       Array on array_api_strict.Device('CPU_DEVICE')" in found.message


def test_a_result_of_another_dtype_is_wrong():
    made = right()
    made.forward(STRICT)(lambda x, *, xp: xp.astype(x * x, xp.complex128))
    assert "result has another shape or dtype" in libraries(made).message


def test_what_a_library_refuses_is_a_gap_with_its_reason():
    @op("test::arranged", nondiff=("x",))
    def arranged(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.partition(x, 0)

    found = libraries(arranged)
    assert found.verdict is Verdict.SKIPPED
    assert "cases refused: AttributeError: module 'array_api_strict' has no attribute 'partition'" in found.message
    assert check_op(arranged, "quick", backend=STRICT).verdict is not Verdict.WRONG


def test_what_only_a_rule_needs_and_a_library_lacks_is_a_gap_of_that():
    found = libraries(with_rule(square(), lambda g, x, xp: 2 * xp.nan_to_num(g) * x))
    assert found.verdict is Verdict.SKIPPED
    assert "refused: cotangent: AttributeError: module 'array_api_strict' has no attribute" in found.message


def test_a_rule_that_returns_what_no_operand_can_take_is_wrong_there():
    made = with_rule(square(), lambda g, x, xp: None if STRICT in xp.__name__ else 2 * g * x)
    assert "cotangent raises CotangentError" in libraries(made).message


def test_integers_divided_by_zero_are_left_alone():
    assert libraries("basic::floor_divide").verdict is Verdict.PROVEN


@needs("torch")
def test_what_pytorch_would_record_itself_is_wrong():
    made = right()
    made.forward("torch")(lambda x, *, xp: (x * x).requires_grad_())
    assert "recorded by its own autograd" in libraries(made, "torch").message


@needs("dask")
def test_computing_at_once_and_needing_one_chunk_are_noted():
    made = right()
    made.forward("dask")(lambda x, *, xp: xp.asarray(np.asarray(x)) ** 2)
    assert "cases are computed at once, not when they are asked for" in libraries(made, "dask").message

    def unchunked(x, *, xp):
        if x.npartitions > 1:
            raise ValueError("one chunk only")
        return x * x

    made.forward("dask")(unchunked)
    found = libraries(made, "dask")
    assert found.verdict is Verdict.PROVEN
    assert "cases in one chunk only: ValueError: one chunk only" in found.message


@needs("dask")
def test_a_shape_that_is_not_known_yet_is_a_gap():
    assert libraries("basic::nonzero", "dask").verdict is Verdict.PROVEN  # no rule asks for it
    assert (
        "the shape of the result is not known before it is computed"
        in libraries("basic::unique_values", "dask").message
    )


@needs("jax")
def test_what_cannot_be_traced_is_noted_and_64_bits_are_put_back():
    import jax

    def looking(x, *, xp):
        return x * x if bool(xp.all(x > -99)) else x

    made = right()
    made.forward("jax")(looking)
    before = jax.config.jax_enable_x64
    found = libraries(made, "jax")
    assert found.verdict is Verdict.PROVEN
    assert "can't be traced by jax.jit" in found.message
    assert jax.config.jax_enable_x64 == before


@pytest.mark.parametrize("library", [STRICT, *(n for n in ("torch", "jax", "dask") if find_spec(n))])
def test_the_reproduction_runs(library):
    case = read_case(mt.ops["basic::multiply"], "x1=float64[2]:[1,2];x2=float64[2]:[3,4];g=float64[2]:[1,10]")
    done = subprocess.run([sys.executable, "-c", "\n".join(as_python(case, library))], capture_output=True, check=False)
    assert done.stdout.decode().split() == ["[", "3.", "40.]", "[", "1.", "20.]"], done.stderr.decode()


def test_the_command_reports_gaps_and_stays_green(acme):
    done = acme.gradcheck("acme::twice", "basic::logical_and", "--backend", f"numpy,{STRICT}", "--json", "found.json")
    assert done.returncode == 0, done.stdout
    assert "- basic::logical_and    array_api_strict: " in done.stdout
    ops = json.loads((acme.path / "found.json").read_text())["ops"]
    found = {op["name"]: next(p for p in op["properties"] if p["name"] == "libraries") for op in ops}
    assert found["acme::twice"]["verdict"] == "proven"
    assert "Only boolean dtypes are allowed" in found["basic::logical_and"]["message"]


def test_pytest_has_the_item_too(acme):
    done = acme.run(
        "-m", "pytest", "-p", "no:cacheprovider", "--gradcheck", "--gradcheck-op", "acme::twice", "--gradcheck-backend",
        STRICT, "--gradcheck-profile", "quick", "-k", "libraries", "-v",
    )  # fmt: skip
    assert "mutorch::acme::twice::libraries PASSED" in done.stdout
    done = acme.run("-m", "pytest", "--gradcheck", "--gradcheck-op", "acme::twice", "--gradcheck-backend", "nolib")
    assert "no array library 'nolib' can be imported" in done.stderr
