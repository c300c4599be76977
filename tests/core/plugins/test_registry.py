"""`mt.ops`: ops by full name and by attribute."""

from __future__ import annotations

import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core import plugins as host


def test_ops_are_found_by_full_name_and_by_attribute():
    assert mt.ops["basic::add"] is mt.ops.basic.add
    assert mt.ops.basic.mul is mt.ops.basic.multiply
    assert mt.ops.basic.multiply.aliases == ("mul",)
    assert "basic::nothing" not in mt.ops
    assert "nowhere::add" not in mt.ops
    assert len(mt.ops) == len(list(mt.ops))
    assert all(op.name == name for name, op in mt.ops.items())


def test_the_public_function_of_a_package_is_the_registered_op():
    import mutorch_ops_basic as xp

    assert xp.add is mt.ops.basic.add


def test_an_unknown_op_or_namespace_raises():
    with pytest.raises(AttributeError, match="plugin 'basic' has no op 'nothing'"):
        _ = mt.ops.basic.nothing
    with pytest.raises(AttributeError, match="no plugin has the namespace 'nowhere'"):
        _ = mt.ops.nowhere
    with pytest.raises(errors.Broken, match="no installed plugin has the namespace 'nowhere'"):
        host.record("nowhere")


def test_a_disabled_op_is_not_listed_and_raises_when_it_is_called(site):
    out = site.run(
        """
        import mutorch_ops_basic as xp
        assert "basic::max" not in mt.ops and "basic::min" in mt.ops
        for use in (lambda: xp.max(1.0), lambda: mt.ops.basic.max):
            try:
                use()
            except mt.errors.Disabled as error:
                print(error)
        """,
        MUTORCH_DISABLE="basic::max",
    )
    assert out.splitlines() == ["basic::max is disabled by MUTORCH_DISABLE=basic::max"] * 2
