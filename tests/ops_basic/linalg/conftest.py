"""How the tests of linear algebra look at other array libraries."""

import pytest


@pytest.fixture
def compiled():
    """A function as it is, or for JAX compiled by it, which takes less time than to run it op by op once."""

    def wrapped(library, f):
        return pytest.importorskip("jax").jit(f) if library == "jax.numpy" else f

    return wrapped
