"""NumPy's functions by family. Importing this package registers them."""

from mutorch_ops_basic.numpy_protocols.functions import (
    answers,
    joining,
    linear_algebra,
    numerics,
    polynomials,
    reductions,
    selection,
    shapes,
    sorting,
    statistics,
)

__all__ = [
    "answers", "joining", "linear_algebra", "numerics", "polynomials", "reductions", "selection", "shapes", "sorting",
    "statistics",
]  # fmt: skip
