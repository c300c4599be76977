"""Every block of docs/coming_from.md runs beside its library, and all five have the same gradients."""

import importlib
import re
import warnings

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from tests.docs.coming_from import LIBRARIES, OPS, PAGE, blocks, lines_of, with_table

RANDOM = np.random.default_rng(0)
OPERANDS = {
    "softplus": [RANDOM.normal(size=(2, 3))],
    "pinball": [np.array([[1.0, 2.0, 3.0], [0.0, 2.0, -1.0]]), np.array([1.0, 0.0, 3.0])],  # with ties
    "solve": [RANDOM.normal(size=(3, 3)) + 3 * np.eye(3), RANDOM.normal(size=(3, 2))],
}
PARAMETERS = {"softplus": {"beta": 2.0}, "pinball": {"tau": 0.3}, "solve": {}}
PEERS = [library for library in LIBRARIES if library != "Mutorch"]


def run(library, *names):
    """The names that blocks of a library define, run one after the other."""
    module = LIBRARIES[library]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library's own, while it is imported
        pytest.importorskip(module, reason=f"{module} is not installed")
    scope = {}
    for name in ("imports", *names):
        exec(compile(blocks()[library, name], f"{PAGE.name}: {library}, {name}", "exec"), scope)
    return scope


def by_mutorch(f, arrays, g):
    return mt.vjp(f, *arrays)[1](g)


def by_torch(f, arrays, g):
    torch = importlib.import_module("torch")
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    f(*leaves).backward(torch.tensor(g))
    return [leaf.grad for leaf in leaves]


def by_jax(f, arrays, g):
    jax = importlib.import_module("jax")
    return jax.vjp(f, *map(jax.numpy.asarray, arrays))[1](jax.numpy.asarray(g))


def by_autograd(f, arrays, g):
    from autograd import make_vjp

    return [make_vjp(f, index)(*arrays)[0](g) for index in range(len(arrays))]


def by_mygrad(f, arrays, g):
    leaves = [importlib.import_module("mygrad").tensor(array) for array in arrays]
    f(*leaves).backward(g)
    return [leaf.grad for leaf in leaves]


PULLED = {"Mutorch": by_mutorch, "PyTorch": by_torch, "JAX": by_jax, "autograd": by_autograd, "MyGrad": by_mygrad}


def pulled(library, function, name):
    """An op's value and the cotangents of its operands, as NumPy's arrays."""
    from mutorch_core.gradcheck.under_test.backends import backend_of

    arrays, given = OPERANDS[name], PARAMETERS[name]
    g = np.cos(np.arange(np.size(np.broadcast_arrays(*arrays)[0]) if name != "solve" else 6.0))
    g = g.reshape(arrays[-1].shape if name == "solve" else arrays[0].shape)
    with backend_of("jax").session() if library == "JAX" else warnings.catch_warnings():
        return [np.asarray(found) for found in PULLED[library](lambda *a: function(*a, **given), arrays, g)]


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("library", PEERS)
def test_an_op_has_the_same_gradients_in_every_library(library, name):
    wanted = pulled("Mutorch", run("Mutorch", name)[name], name)
    for own, other in zip(wanted, pulled(library, run(library, name)[name], name), strict=True):
        np.testing.assert_allclose(other, own, rtol=1e-12)


@pytest.mark.parametrize("name", ["softplus", "pinball"])
def test_mutorchs_ops_are_proven(name):
    pytest.importorskip("hypothesis")
    from mutorch_core.gradcheck import check_op

    assert check_op(run("Mutorch", name)[name], "quick").verdict.value == "proven"


def test_mutorchs_solution_of_a_system_has_right_derivatives_of_second_order():
    pytest.importorskip("hypothesis")
    solve = run("Mutorch", "solve")["solve"]
    mt.gradcheck.check(lambda a, b: xp.sum(xp.sin(solve(a, b))), *OPERANDS["solve"])


def test_a_gradient_is_clipped_on_its_way():
    clipped = run("Mutorch", "clipped")["clipped"]
    np.testing.assert_array_equal(mt.grad(lambda x: xp.sum(clipped(x, limit=2.0) ** 2))(np.arange(3.0)), [0, 2, 2])


def test_what_is_brought_is_proven():
    pytest.importorskip("hypothesis")
    assert run("PyTorch", "pinball", "bring")["verdict"] == "proven"


@pytest.mark.parametrize("library", ["PyTorch", "JAX"])
def test_what_is_brought_is_an_op_with_its_gradient(library):
    wanted = pulled("Mutorch", run("Mutorch", "pinball")["pinball"], "pinball")
    found = pulled("Mutorch", run(library, "pinball", "bring")["brought"], "pinball")
    for own, other in zip(wanted, found, strict=True):
        np.testing.assert_allclose(other, own, rtol=1e-6)


@pytest.mark.parametrize("library", ["PyTorch", "JAX", "autograd"])
def test_what_is_taken_has_its_gradient_there(library):
    from mutorch_core.gradcheck.under_test.backends import backend_of

    x, g = OPERANDS["solve"][0], np.eye(3)
    taken = run(library, "take")["taken"]
    with backend_of("jax").session() if library == "JAX" else warnings.catch_warnings():
        (found,) = PULLED[library](taken, [x], g)
        (wanted,) = by_mutorch(mt.ops["basic::linalg.sqrtm"], [x], g)
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-10)


def test_the_table_of_lines_is_current():
    assert with_table() == PAGE.read_text(encoding="utf-8"), "python -m tests.docs.coming_from"


def test_mutorchs_ops_are_as_short_as_is_promised():
    assert lines_of(blocks()["Mutorch", "softplus"]) <= 6
    assert lines_of(blocks()["Mutorch", "solve"]) <= 7


def resolved(name):
    """Whatever a dotted name stands for; its first parts are modules."""
    parts = name.split(".")
    found = importlib.import_module(parts[0])
    for place, part in enumerate(parts[1:], 1):
        if not hasattr(found, part):
            importlib.import_module(".".join(parts[: place + 1]))
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_names_of_the_tables_are_names_of_the_library(library):
    module = LIBRARIES[library]
    run(library)
    short = "mt" if library == "Mutorch" else module
    names = set(re.findall(rf"`{short}((?:\.\w+)+)", PAGE.read_text(encoding="utf-8")))
    assert names
    for name in names:
        assert resolved(f"{module}{name}") is not None
