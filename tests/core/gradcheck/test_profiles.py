"""Profiles: time limits, seeds, examples."""

import pytest

from mutorch_core.gradcheck.profiles import PROFILES, REGIMES


def test_a_profile_has_a_limit_and_zero_means_none():
    assert PROFILES["quick"].limit < PROFILES["ci"].limit < PROFILES["nightly"].limit
    assert PROFILES["ci"].with_limit(None) == PROFILES["ci"]
    assert PROFILES["ci"].with_limit(7.0).limit == 7.0
    assert PROFILES["ci"].with_limit(0.0).limit is None
    assert PROFILES["ci"].with_limit(7.0).limit_on(["torch", "jax"]) == 21.0
    assert PROFILES["ci"].with_limit(0.0).limit_on(["torch"]) is None


def test_every_profile_has_examples_in_every_regime():
    for profile in PROFILES.values():
        assert tuple(profile.examples) == REGIMES
        assert min(profile.examples.values()) >= 1
    sizes = [sum(PROFILES[name].examples.values()) for name in ("quick", "ci", "nightly")]
    assert sizes == sorted(set(sizes))


def test_the_seed_of_a_draw_depends_on_op_regime_and_profile_seed_alone():
    ci = PROFILES["ci"]
    assert ci.seed_of("basic::exp", "smooth") == PROFILES["quick"].seed_of("basic::exp", "smooth")
    others = [
        ci.seed_of("basic::log", "smooth"),
        ci.seed_of("basic::exp", "wide"),
        ci.with_seed(1).seed_of("basic::exp", "smooth"),
    ]
    assert len({ci.seed_of("basic::exp", "smooth"), *others}) == 4
    assert ci.seed_of("basic::exp", "smooth") == 3955195000


def test_only_a_profile_that_saves_its_failures_draws_a_seed():
    assert PROFILES["ci"].with_seed(None) == PROFILES["ci"]
    nightly = PROFILES["nightly"]
    assert len({nightly.with_seed(None).seed for _ in range(3)}) > 1
    assert nightly.with_seed(7).seed == 7


@pytest.mark.parametrize("seconds", [2.0, 20.0])
def test_a_run_waits_longer_than_shrinking_may_take(seconds):
    from attrs import evolve

    assert evolve(PROFILES["ci"], shrink_seconds=seconds).patience > seconds
