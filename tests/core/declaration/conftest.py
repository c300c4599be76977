"""Fixtures of all tests of declarations."""

import pytest


@pytest.fixture
def strict():
    """Return a second array library, which refuses arrays of others."""
    return pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
