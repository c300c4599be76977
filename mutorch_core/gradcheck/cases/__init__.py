"""Cases: one call of an op with its cotangents, as a value, as text, as Python code and as a saved file."""

from mutorch_core.gradcheck.cases.case import Case, cotangents_for, fields_of, read_case
from mutorch_core.gradcheck.cases.case_text import layout_of, with_layout
from mutorch_core.gradcheck.cases.reproduction import as_python
from mutorch_core.gradcheck.cases.saved_cases import read_saved_cases, save_case

__all__ = [
    "Case",
    "as_python",
    "cotangents_for",
    "fields_of",
    "layout_of",
    "read_case",
    "read_saved_cases",
    "save_case",
    "with_layout",
]
