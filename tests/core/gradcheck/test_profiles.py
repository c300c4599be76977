"""Profiles: time limits, seeds, examples."""

from mutorch_core.gradcheck.profiles import PROFILES


def test_a_profile_has_a_limit_and_zero_means_none():
    assert PROFILES["quick"].limit < PROFILES["ci"].limit < PROFILES["nightly"].limit
    assert PROFILES["ci"].with_limit(None) == PROFILES["ci"]
    assert PROFILES["ci"].with_limit(7.0).limit == 7.0
    assert PROFILES["ci"].with_limit(0.0).limit is None
    assert PROFILES["ci"].with_limit(7.0).limit_on(["torch", "jax"]) == 21.0
    assert PROFILES["ci"].with_limit(0.0).limit_on(["torch"]) is None
