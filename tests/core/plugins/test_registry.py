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


def test_ops_are_a_mapping_of_full_names():
    assert mt.ops["core::cast"] is mt.ops.core.cast
    for name in ("basic::nothing", "nowhere::add", "add", ""):
        with pytest.raises(KeyError, match=name or "''"):
            mt.ops[name]
    assert mt.ops.get("basic::nothing") is None
    names = list(mt.ops)
    assert len(names) == len(set(names))
    assert {name.partition("::")[0] for name in names} >= {"core", "basic", "nn"}


def test_a_dotted_name_is_a_chain_of_attributes():
    assert mt.ops.basic.linalg.det is mt.ops["basic::linalg.det"]
    assert repr(mt.ops.basic.linalg) == "<ops of basic::linalg>"
    assert repr(mt.ops.basic) == "<ops of basic>"
    with pytest.raises(AttributeError, match=r"plugin 'basic' has no op 'linalg\.nothing'"):
        mt.ops.basic.linalg.nothing


def test_attributes_are_listed_for_completion():
    assert {"core", "basic", "nn", "keys"} <= set(dir(mt.ops))
    assert {"add", "linalg"} <= set(dir(mt.ops.basic))
    assert not [name for name in dir(mt.ops.basic) if "." in name]
    assert "det" in dir(mt.ops.basic.linalg)
    assert len(dir(mt.ops.basic)) == len(set(dir(mt.ops.basic)))
    assert repr(mt.ops) == "<ops of core, basic, nn>"


def test_private_names_are_no_ops():
    for namespace in (mt.ops, mt.ops.basic):
        with pytest.raises(AttributeError):
            namespace._nothing


def test_only_a_disabled_op_fails_the_check(site):
    code = """
    from mutorch_core.plugins.registry import check_enabled
    for name in ("basic::max", "nn::relu", "basic::min", "core::cast", "nowhere::f"):
        try:
            check_enabled(name)
            print(name)
        except mt.errors.Disabled as error:
            print(error)
    """
    assert site.run(code, MUTORCH_DISABLE="basic::max,nn").splitlines() == [
        "basic::max is disabled by MUTORCH_DISABLE=basic::max",
        "nn::relu is disabled by MUTORCH_DISABLE=nn",
        "basic::min",
        "core::cast",
        "nowhere::f",
    ]
    assert site.run(code).splitlines() == ["basic::max", "nn::relu", "basic::min", "core::cast", "nowhere::f"]
