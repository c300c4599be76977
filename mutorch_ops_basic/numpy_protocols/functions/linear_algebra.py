"""NumPy's products, numpy.linalg and numpy.fft, with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.numpy_protocols.arguments import array, arrays, as_dtype, plain, raw, refuse_given, store
from mutorch_ops_basic.numpy_protocols.registry import implements

__all__: list[str] = []


@implements()
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """Multiply over the last axis of one array and the second to last of the other."""
    return store(xp.dot(array(a), array(b)), out, "np.dot")


@implements()
def vdot(a: Any, b: Any, /) -> Any:
    """Return the scalar product of two flattened arrays, the first one conjugated."""
    return xp.vdot(array(a), array(b))


@implements()
def inner(a: Any, b: Any, /) -> Any:
    """Multiply over the last axes."""
    return xp.inner(array(a), array(b))


@implements()
def outer(a: Any, b: Any, out: Any = None) -> Any:
    """Return the products of all pairs of entries of two flattened arrays."""
    return store(xp.linalg.outer(xp.reshape(array(a), (-1,)), xp.reshape(array(b), (-1,))), out, "np.outer")


@implements("linalg.outer")
def linalg_outer(x1: Any, x2: Any, /) -> Any:
    """Return the products of all pairs of entries of two vectors."""
    return xp.linalg.outer(array(x1), array(x2))


@implements("tensordot", "linalg.tensordot")
def tensordot(a: Any, b: Any, /, axes: Any = 2, **names: Any) -> Any:
    """Multiply over several axes."""
    a, b, axes = array(a), array(b), plain(axes)
    if np.ndim(axes) == 0:
        return xp.tensordot(a, b, axes=int(axes))
    first, second = ((each,) if isinstance(each, int) else tuple(each) for each in axes)
    return xp.tensordot(a, b, axes=(first, second))


@implements()
def kron(a: Any, b: Any) -> Any:
    """Return the Kronecker product."""
    return xp.kron(array(a), array(b))


@implements()
def einsum(*operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None, order: Any = None,
           casting: Any = None) -> Any:  # fmt: skip
    """Sum products over indices, which are written as a text or as lists after each operand."""
    refuse_given("np.einsum", "leave it out", order=order, casting=casting)
    if not isinstance(operands[0], str):
        operands = subscripts_of(operands)
    values = [as_dtype(array(each), dtype) for each in operands[1:]]
    return store(xp.einsum(operands[0], *values, optimize=optimize), out, "np.einsum")


def subscripts_of(operands: Any) -> tuple[Any, ...]:
    """Return the text and the operands of `einsum(a, [0, 1], b, [1, 2], [0, 2])`."""
    pairs, last = len(operands) // 2, operands[-1] if len(operands) % 2 else None
    sides = ["".join(map(letter, operands[2 * each + 1])) for each in range(pairs)]
    text = ",".join(sides) + ("" if last is None else "->" + "".join(map(letter, last)))
    return (text, *operands[: 2 * pairs : 2])


def letter(index: Any) -> str:
    """Return the letter of an index that is written as a number."""
    return "..." if index is ... else "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[index]


@implements()
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: Any = None) -> Any:
    """Return the vector product along an axis."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = xp.moveaxis(array(a), axisa, -1), xp.moveaxis(array(b), axisb, -1)
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = (xp.concat([x, xp.zeros_like(x[..., :1])], axis=-1) if x.shape[-1] == 2 else x for x in (a, b))
    return xp.moveaxis(xp.linalg.cross(*xp.broadcast_arrays(a, b)), -1, axisc)


@implements("linalg.cross")
def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Return the vector product along an axis."""
    return xp.linalg.cross(array(x1), array(x2), axis=axis)


@implements()
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the diagonal over two axes."""
    return xp.linalg.diagonal(xp.moveaxis(array(a), (axis1, axis2), (-2, -1)), offset=offset)


@implements()
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    """Sum the diagonal over two axes."""
    return store(xp.sum(diagonal(a, offset, axis1, axis2), axis=-1, dtype=dtype), out, "np.trace")


@implements("linalg.diagonal")
def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    """Return the diagonal of each matrix."""
    return xp.linalg.diagonal(array(x), offset=offset)


@implements("linalg.trace")
def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sum the diagonal of each matrix."""
    return xp.linalg.trace(array(x), offset=offset, dtype=dtype)


@implements("linalg.matmul")
def matmul(x1: Any, x2: Any, /) -> Any:
    """Multiply matrices."""
    return xp.matmul(array(x1), array(x2))


@implements("linalg.vecdot")
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """Multiply vectors."""
    return xp.vecdot(array(x1), array(x2), axis=axis)


def of_one_matrix(name: str) -> Callable[..., Any]:
    """Return a function of numpy.linalg that takes a matrix alone."""
    function = getattr(xp.linalg, name)
    return implements(f"linalg.{name}")(lambda a: function(array(a)))


for each in ("det", "slogdet", "inv", "svdvals"):
    of_one_matrix(each)


@implements("linalg.eigvals")
def eigvals(a: Any) -> Any:
    """Return the eigenvalues."""
    return without_zero_imaginary(xp.linalg.eigvals(array(a)))


@implements("linalg.eig")
def eig(a: Any) -> Any:
    """Return eigenvalues and eigenvectors."""
    result = xp.linalg.eig(array(a))
    if np.any(np.imag(raw(result[0]))):
        return result
    return type(result)(*map(without_zero_imaginary, result))


def without_zero_imaginary(values: Any) -> Any:
    """Return the real parts if all imaginary parts are zero, as numpy.linalg does."""
    return values if np.any(np.imag(raw(values))) else xp.real(values)


@implements("linalg.cholesky")
def cholesky(a: Any, /, *, upper: bool = False) -> Any:
    """Return the Cholesky factor."""
    return xp.linalg.cholesky(array(a), upper=upper)


def symmetric(a: Any, UPLO: str) -> Any:
    """Return the Hermitian matrix that one triangle describes, as LAPACK reads it."""
    a = array(a)
    triangle = xp.tril(a, k=-1) if UPLO.upper() == "L" else xp.triu(a, k=1)
    axis = xp.real(xp.linalg.diagonal(a))
    return triangle + xp.conj(xp.matrix_transpose(triangle)) + xp.diag_embed(axis)


@implements("linalg.eigh")
def eigh(a: Any, UPLO: str = "L") -> Any:
    """Return eigenvalues and eigenvectors of a Hermitian matrix, of which one triangle is read."""
    return xp.linalg.eigh(symmetric(a, UPLO))


@implements("linalg.eigvalsh")
def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Return the eigenvalues of a Hermitian matrix, of which one triangle is read."""
    return xp.linalg.eigvalsh(symmetric(a, UPLO))


@implements("linalg.svd")
def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Return the singular value decomposition."""
    refuse_given("np.linalg.svd", "leave it out", hermitian=hermitian or None)
    a = array(a)
    return xp.linalg.svd(a, full_matrices=full_matrices) if compute_uv else xp.linalg.svdvals(a)


@implements("linalg.qr")
def qr(a: Any, mode: str = "reduced") -> Any:
    """Return the QR decomposition."""
    if mode in ("reduced", "complete"):
        return xp.linalg.qr(array(a), mode=mode)
    if mode == "r":
        return xp.linalg.qr(array(a)).R
    raise OperandError(f"np.linalg.qr(mode={mode!r}) is not supported for a Var: write mode='reduced'")


@implements("linalg.solve")
def solve(a: Any, b: Any) -> Any:
    """Solve a linear system."""
    return xp.linalg.solve(array(a), array(b))


@implements("linalg.lstsq")
def lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """Return solution, residuals, rank and singular values of a least-squares problem."""
    a, b = array(a), array(b)
    return tuple(xp.linalg.lstsq(a, b, rcond=np.finfo(float).eps * max(a.shape) if rcond is None else rcond))


@implements("linalg.norm")
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the norm of a matrix or vector."""
    return xp.linalg.norm(array(x), ord, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=bool(keepdims))


@implements("linalg.matrix_norm")
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """Return the norm of each matrix."""
    return xp.linalg.matrix_norm(array(x), keepdims=keepdims, ord=ord)


@implements("linalg.vector_norm")
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """Return the norm of vectors."""
    return xp.linalg.vector_norm(array(x), axis=axis, keepdims=keepdims, ord=ord)


@implements("linalg.cond")
def cond(x: Any, p: Any = None) -> Any:
    """Return the condition number."""
    return xp.linalg.cond(array(x), p=p)


@implements("linalg.pinv")
def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """Return the pseudo-inverse."""
    refuse_given("np.linalg.pinv", "leave it out", hermitian=hermitian or None)
    cut = rcond if rtol is None else rtol
    return xp.linalg.pinv(array(a), rtol=1e-15 if cut is None else cut)


@implements("linalg.matrix_power")
def matrix_power(a: Any, n: int) -> Any:
    """Multiply a matrix with itself."""
    return xp.linalg.matrix_power(array(a), n)


@implements("linalg.multi_dot")
def multi_dot(operands: Any, *, out: Any = None) -> Any:
    """Multiply several matrices, in the fastest order."""
    return store(xp.linalg.multi_dot(arrays(operands)), out, "np.linalg.multi_dot")


@implements("linalg.tensorinv")
def tensorinv(a: Any, ind: int = 2) -> Any:
    """Return the inverse for tensordot."""
    return xp.linalg.tensorinv(array(a), ind=ind)


@implements("linalg.tensorsolve")
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """Solve a tensor equation."""
    return xp.linalg.tensorsolve(array(a), array(b), axes=axes)
