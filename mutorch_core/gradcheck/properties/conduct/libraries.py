"""The property `libraries`: forward and rule agree with NumPy on another array library.

The result, the cotangents of a raw and of a recorded backward pass, and the cotangents of these are compared. A
function that a library lacks or refuses is not the op's fault: it is a gap, noted with the library's own reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import attrs
import numpy as np

from mutorch_core.errors import MutorchError, OperandError
from mutorch_core.gradcheck.failures import DependsOnLibrary
from mutorch_core.gradcheck.properties.base import Property
from mutorch_core.gradcheck.properties.derivatives.first_order import format_entries
from mutorch_core.gradcheck.under_test import NUMPY, Backend, ComparedResult, LibraryCase, OpUnderTest

__all__ = ["LibrariesCheck", "Tally", "libraries_property"]

LANES = ("smooth", "broadcast", "ones", "scalar", "empty", "parameters", "complex", "ties", "edges")
FRACTION = 0.2
MAX_REASON_LENGTH = 120
"""The number of characters of a library's reason that are kept."""
MAX_REASONS = 2
"""The number of a library's reasons that are shown."""


class Gap(Exception):  # noqa: N818 - it is no error: it says what a library does not do
    """A missing or refused function of a library, in the library's words."""


@attrs.define
class Tally:
    """The outcome of an op on one library: the number of compared cases, and the count of each gap."""

    compared: int = 0
    gaps: Counter[str] = attrs.field(factory=Counter[str])
    notes: Counter[str] = attrs.field(factory=Counter[str])
    """Notes on compared cases: that a case was computed eagerly, or can't be compiled."""

    @property
    def lines(self) -> list[str]:
        """The gaps and notes as text, the most frequent first."""
        tried = self.compared + self.gaps.total()
        lines = [f"{count} of {tried} cases {note}" for note, count in self.notes.most_common()]
        if self.gaps:
            reasons = [reason for reason, _ in self.gaps.most_common()]
            more = f" (and {len(reasons) - MAX_REASONS} reasons more)" if len(reasons) > MAX_REASONS else ""
            refused = f"{self.gaps.total()} of {tried} cases refused: {'; '.join(reasons[:MAX_REASONS])}{more}"
            lines.insert(0, refused)
        return lines


class LibrariesCheck:
    """The check of `libraries`, with a tally per backend."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self.backends = backends
        self.tallies = {backend.name: Tally() for backend in backends}

    def __call__(self, subject: OpUnderTest) -> bool | None:
        """Check `libraries` at one case."""
        expected = [] if is_undefined(subject) else on_numpy(subject)
        compared = [self.examine(subject, backend, expected) for backend in self.backends if expected]
        return True if any(compared) else None

    def examine(self, subject: OpUnderTest, backend: Backend, expected: list[ComparedResult]) -> bool:
        """Return whether a case could be compared on a backend. Raises DependsOnLibrary if the results differ."""
        tally = self.tallies[backend.name]
        gaps: list[Gap] = []
        for variant in backend.variants:
            with variant.session():
                library_case = LibraryCase(subject, variant)
                try:
                    computed = compare_with_numpy(library_case, expected)
                except Gap as gap:
                    gaps.append(gap)
                    continue
                tally.compared += 1
                tally.notes.update(f"in one chunk only: {gap}" for gap in gaps)
                tally.notes.update(library_case.notes(computed))
                return True
        tally.gaps[str(gaps[0])] += 1
        return False

    def remark(self) -> str:
        """Return the gaps as text, a line for each reason of a library."""
        return "\n".join(f"{name}: {line}" for name, tally in self.tallies.items() for line in tally.lines)


def on_numpy(subject: OpUnderTest) -> list[ComparedResult]:
    """Return the results of a case on NumPy, up to an exception. Other properties report a rule that raises."""
    results: list[ComparedResult] = []
    with suppress(Exception):
        results.extend(LibraryCase(subject, NUMPY).results())
    return results


def is_undefined(subject: OpUnderTest) -> bool:
    """Return whether a forward without floating outputs is undefined here, as integer division by zero is.

    Libraries return different values there, or raise; NumPy warns.
    """
    if subject.floating:
        return False
    try:
        with np.errstate(divide="raise", invalid="raise"):
            subject.case.call(subject.case.operands)
    except FloatingPointError:
        return True
    return False


def compare_with_numpy(library_case: LibraryCase, expected: list[ComparedResult]) -> int:
    """Compare a case with NumPy's results, and return the number of computations that a lazy library made early.

    Raises DependsOnLibrary if a result differs, Gap if the library refuses the case.
    """
    results, backend, early = library_case.results(), library_case.backend, 0
    for result in expected:
        before = backend.computed
        try:
            values = next(results).values
            early += backend.computed - before
            if library_case.subject.differentiable:
                require_known_shape(values)
            plain = [backend.to_numpy(value) if backend.owns(value) else value for value in values]
            require_promised_shape(values, plain)
        except Exception as error:
            if isinstance(error, MutorchError) and not isinstance(error, OperandError):
                raise difference_failure(
                    library_case, result, f"raises {type(error).__name__}", ("it says", str(error))
                ) from error
            raise Gap(gap_reason(error, result)) from error
        for index, (value, converted, numpy_value) in enumerate(zip(values, plain, result.values, strict=True)):
            if not (
                isinstance(value, bool) and value is numpy_value
            ):  # a flag that the op returns unchanged, as `cho_factor` does
                require_same_as_numpy(library_case, result, index, value, converted, np.asarray(numpy_value))
    return early


def require_known_shape(values: Sequence[Any]) -> None:
    """Raise NotImplementedError for an array of unknown shape, which rules can't use."""
    if not all(is_known(side) for value in values for side in getattr(value, "shape", ())):
        raise NotImplementedError("the shape of the result is not known before it is computed")


def is_known(side: Any) -> bool:
    """Return whether the length of an axis is known. If not, it is None in the standard and nan in Dask."""
    return side is not None and not isinstance(side, float)


def require_promised_shape(values: Sequence[Any], plain: Sequence[Any]) -> None:
    """Raise NotImplementedError for a lazy array whose computed shape is not the announced one."""
    for value, computed in zip(values, plain, strict=True):
        pairs = zip(getattr(value, "shape", ()), np.shape(computed), strict=True)
        if any(is_known(side) and side != computed_side for side, computed_side in pairs):
            raise NotImplementedError(
                f"an array that says its shape is {value.shape} is computed to {np.shape(computed)}"
            )


def gap_reason(error: BaseException, result: ComparedResult) -> str:
    """Return a library's reason in one line, with the result at which it occurred."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}"
    text = text if len(text) <= MAX_REASON_LENGTH else f"{text[:MAX_REASON_LENGTH]}…"
    return text if result.name == "result" else f"{result.name}: {text}"


def require_same_as_numpy(
    library_case: LibraryCase, result: ComparedResult, index: int, value: Any, array: Any, expected: Any
) -> None:
    """Raise DependsOnLibrary if an array is not the library's, or not equal to NumPy's."""
    if not library_case.backend.owns(value):
        type_name, device = type(value).__name__, getattr(value, "device", None)
        recorded = ", recorded by its own autograd" if getattr(value, "requires_grad", False) else ""
        raise difference_failure(
            library_case, result, "is no array of it", ("it is", f"{type_name} on {device}{recorded}"), index=index
        )
    exact = expected.dtype.kind in "fc"
    if array.shape != expected.shape or (
        array.dtype != expected.dtype if exact else dtype_family(array) != dtype_family(expected)
    ):
        rows = (("there", dtype_and_shape(array)), ("on NumPy", dtype_and_shape(expected)))
        raise difference_failure(library_case, result, "has another shape or dtype", *rows, index=index)
    if not equal_up_to_rounding(library_case.subject, array, expected):
        rows = (("there", format_entries(array)), ("on NumPy", format_entries(expected)))
        raise difference_failure(library_case, result, "is another one", *rows, index=index)


def dtype_family(array: Any) -> str:
    """Return a dtype's kind, the same for all integers, since the default integer differs between libraries."""
    return array.dtype.kind.replace("u", "i")


def dtype_and_shape(array: Any) -> str:
    """Return an array's dtype and shape as text."""
    return f"{array.dtype}{list(array.shape)}"


def equal_up_to_rounding(subject: OpUnderTest, array: Any, expected: Any) -> bool:
    """Return whether two arrays are equal up to rounding, including that of terms that cancelled."""
    if expected.dtype.kind not in "fc":
        return bool(np.array_equal(array, expected))
    sources = 1 + subject.terms
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
    atol = 1e-11 * scale + 1e-13 * (sources if subject.finite and np.isfinite(sources) else 1.0)
    return bool(np.allclose(array, expected, rtol=1e-10, atol=atol, equal_nan=True))


def difference_failure(
    library_case: LibraryCase, result: ComparedResult, difference: str, *rows: tuple[str, str], index: int | None = None
) -> DependsOnLibrary:
    """Return the failure for a difference between a library and NumPy."""
    slots, backend = library_case.subject.slots, library_case.backend
    slot = None if index is None or result.name != "cotangent" else slots[index]
    description = result.name if slot is None else f"{result.name} of {slot}"
    return DependsOnLibrary(
        f"{description} {difference} on {backend.name}",
        *rows,
        operand=None if slot is None else slot.operand,
        case=library_case.subject.case,
        backend=backend.name,
    )


def libraries_property(check: LibrariesCheck) -> Property:
    """Return the property `libraries` of one op, tallied by a check."""
    return Property(
        "libraries", DependsOnLibrary, LANES, check, applies=lambda _: True, fraction=FRACTION, remark=check.remark
    )
