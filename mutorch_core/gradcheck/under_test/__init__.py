"""The code under test as functions of vectors: an op, a whole function, an op on another array library."""

from mutorch_core.gradcheck.under_test.backends import NUMPY, Backend, backends_of
from mutorch_core.gradcheck.under_test.function_under_test import (
    MAX_SHOWN,
    DifferentiationLevel,
    convert_like,
    first_level,
    format_on_one_line,
)
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest, Slot, differentiating, pack, pull_back, unpack
from mutorch_core.gradcheck.under_test.other_library import ComparedResult, LibraryCase
from mutorch_core.gradcheck.under_test.validity import check_result, half_precision

__all__ = [
    "MAX_SHOWN",
    "NUMPY",
    "Backend",
    "ComparedResult",
    "DifferentiationLevel",
    "LibraryCase",
    "OpUnderTest",
    "Slot",
    "backends_of",
    "check_result",
    "convert_like",
    "differentiating",
    "first_level",
    "format_on_one_line",
    "half_precision",
    "pack",
    "pull_back",
    "unpack",
]
