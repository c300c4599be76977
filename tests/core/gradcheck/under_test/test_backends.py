"""Array libraries as backends of a check."""

from __future__ import annotations

import numpy as np
import pytest

from mutorch_core.gradcheck import check_op
from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.under_test.backends import map_arrays


def test_values_are_replaced_where_they_are():
    key = (slice(None), [np.zeros(2), None], 3)
    assert map_arrays(key, lambda array: array.shape) == (slice(None), [(2,), None], 3)


def test_an_unknown_library_is_an_error():
    with pytest.raises(SelectionError, match="no array library 'nolib' can be imported"):
        check_op("basic::add", "quick", backend="nolib")
    assert set(PROFILES) == {"quick", "ci", "nightly"}
