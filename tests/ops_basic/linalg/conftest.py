"""Fixtures of the tests of linear algebra."""

import pytest


@pytest.fixture
def compiled():
    """A function as it is, or for JAX compiled by it, which takes less time than to run it op by op once."""

    def wrapped(library, f):
        return pytest.importorskip("jax").jit(f) if library == "jax.numpy" else f

    return wrapped


STATES = {}


@pytest.fixture(autouse=True)
def same_draws_in_any_order(request):
    """A module's generator starts each test as it was after import, so that no test's data depend on another's."""
    generator = getattr(request.module, "RNG", None)
    if generator is not None:
        generator.bit_generator.state = STATES.setdefault(request.module.__name__, generator.bit_generator.state)
