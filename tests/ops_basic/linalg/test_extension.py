"""The extension `linalg` of the standard is complete: its signatures, its named tuples, on every array library."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp

SIGNATURES = {
    "(x, /)": "det eigh eigvalsh inv matrix_transpose slogdet svdvals",
    "(x1, x2, /)": "matmul outer solve",
    "(x, /, *, upper=False)": "cholesky",
    "(x1, x2, /, *, axis=-1)": "cross vecdot",
    "(x, /, *, offset=0)": "diagonal",
    "(x, /, *, keepdims=False, ord='fro')": "matrix_norm",
    "(x, n, /)": "matrix_power",
    "(x, /, *, rtol=None)": "matrix_rank pinv",
    "(x, /, *, mode='reduced')": "qr",
    "(x, /, *, full_matrices=True)": "svd",
    "(x1, x2, /, *, axes=2)": "tensordot",
    "(x, /, *, offset=0, dtype=None)": "trace",
    "(x, /, *, axis=None, keepdims=False, ord=2)": "vector_norm",
}
FUNCTIONS = [(name, signature) for signature, names in SIGNATURES.items() for name in names.split()]
FIELDS = {
    "eigh": ("eigenvalues", "eigenvectors"),
    "qr": ("Q", "R"),
    "slogdet": ("sign", "logabsdet"),
    "svd": ("U", "S", "Vh"),
}
RNG = np.random.default_rng(0)
STACK = RNG.normal(size=(2, 3, 3)) + 3 * np.diag([1.0, 2, 3])
TALL = RNG.normal(size=(4, 2)) + 1j * RNG.normal(size=(4, 2))


@pytest.mark.parametrize(("name", "signature"), FUNCTIONS)
def test_the_standards_function_has_the_standards_signature(name, signature):
    own = inspect.signature(getattr(xp.linalg, name))
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in own.parameters.values()]
    assert str(inspect.Signature(bare)) == signature


@pytest.mark.parametrize(("name", "fields"), FIELDS.items())
def test_several_results_come_in_the_standards_named_tuple(name, fields):
    for x in (STACK, mt.Var(STACK)):
        assert getattr(xp.linalg, name)(x)._fields == fields


@pytest.mark.parametrize("alias", ["cross", "diagonal", "trace", "inverse=inv", "pinverse=pinv", "ger=outer"])
def test_what_numpy_and_torch_have_at_the_top_is_there(alias):
    name, _, own = alias.partition("=")
    assert getattr(xp, name) is getattr(xp.linalg, own or name)


@pytest.mark.parametrize("name", ["cholesky", "det", "eigh", "eigvalsh", "inv", "slogdet"])
def test_what_is_for_square_matrices_refuses_others_with_their_shape(name):
    with pytest.raises(mt.errors.OperandError, match=rf"basic::linalg.{name}\(x=float64\[2,3\]\): (LinAlg|Value)Error"):
        getattr(xp.linalg, name)(mt.Var(STACK[0, :2]))


@pytest.mark.parametrize(
    "name", ["cholesky", "det", "eigvalsh", "inv", "pinv", "slogdet", "svd", "svdvals", "eigh", "qr"]
)
@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0)])
def test_matrices_without_entries_have_slopes_without_entries(name, shape, slope):
    def first(x):
        result = getattr(xp.linalg, name)(x)
        return result[-1] if isinstance(result, tuple) else result

    assert slope(first, np.zeros(shape)).shape == shape


CALLS = {
    "cholesky": lambda x: xp.linalg.cholesky(x @ xp.matrix_transpose(x), upper=True),
    "cross": lambda x: xp.linalg.cross(x, xp.flip(x)),
    "det": xp.linalg.det,
    "diagonal": lambda x: xp.linalg.diagonal(x, offset=-1),
    "eigh": lambda x: xp.linalg.eigh(x).eigenvectors ** 2,
    "eigvalsh": xp.linalg.eigvalsh,
    "inv": xp.linalg.inv,
    "matrix_norm": lambda x: xp.linalg.matrix_norm(x, ord=2),
    "matrix_power": lambda x: xp.linalg.matrix_power(x, -3),
    "outer": lambda x: xp.linalg.outer(x[0, 0, :], x[1, 1, :]),
    "pinv": lambda x: xp.linalg.pinv(x, rtol=0.3),
    "qr": lambda x: xp.linalg.qr(x[..., :2], mode="complete").Q,
    "slogdet": lambda x: xp.linalg.slogdet(x).logabsdet,
    "solve": lambda x: xp.linalg.solve(x, x[0, 0, :]),
    "svd": lambda x: xp.linalg.svd(x[..., :2]).U ** 2,
    "svdvals": xp.linalg.svdvals,
    "trace": xp.linalg.trace,
    "vector_norm": lambda x: xp.linalg.vector_norm(x, axis=(0, 2), ord=3),
}
COMPLEX = {
    "det": lambda x: xp.linalg.det(x[:2, :]),
    "eigh": lambda x: xp.abs(xp.linalg.eigh(x[:2, :]).eigenvectors),
    "qr": lambda x: xp.linalg.qr(x, mode="complete").R,
    "slogdet": lambda x: xp.linalg.slogdet(x[:2, :]).sign,
    "svd": lambda x: xp.abs(xp.linalg.svd(x).U),
    "vector_norm": lambda x: xp.linalg.vector_norm(x, axis=0),
}


def seen(f, x, asarray):
    """The value of f, and slope and bend of a weighted sum of it, in one array library."""
    weights = asarray(np.cos(np.arange(np.asarray(f(x)).size)).reshape(np.shape(f(x))))

    def loss(x):
        return xp.sum(xp.real(f(x) * weights))

    at = asarray(x)
    return [np.asarray(each) for each in (f(at), mt.grad(loss)(at), mt.hvp(loss, (at,), (asarray(x[::-1].copy()),)))]


@pytest.mark.parametrize("library", ["torch", "array_api_strict"])
@pytest.mark.parametrize("name", [*CALLS, *(f"complex {name}" for name in COMPLEX)])
def test_other_libraries_have_numpys_values_slopes_and_bends(name, library):
    f, x = (CALLS[name], STACK) if name in CALLS else (COMPLEX[name.split()[1]], TALL)
    asarray = pytest.importorskip(library).asarray
    for found, wanted in zip(seen(f, x, asarray), seen(f, x, np.asarray), strict=True):
        assert_allclose(found, wanted, rtol=1e-7, atol=1e-8)


def test_gradients_compile_under_jax_and_are_numpys():
    jax = pytest.importorskip("jax")

    def loss(x):
        values, vectors = xp.linalg.eigh(x)
        return xp.sum(values * vectors[0, :] ** 2) + xp.linalg.det(x) + xp.linalg.vector_norm(xp.linalg.solve(x, x))

    x = STACK[0] + STACK[0].T
    with jax.enable_x64(True):
        assert_allclose(jax.jit(mt.grad(loss))(jax.numpy.asarray(x)), mt.grad(loss)(x))
