"""Explicit overrides: one op in the place of another."""

import json

import pytest
from click.testing import CliRunner

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core import Array, Namespace, errors, injected, op
from mutorch_core.cli import main


@op("acme::relu")
def relu(x: Array, /, *, xp: Namespace = injected) -> Array:
    return 10 * xp.maximum(x, 0)


@relu.vjp("x")
def _(g, x):
    return 10 * g * (x > 0)


@op("acme::times")
def times(x1: Array, x2: Array, /) -> Array:
    return 100 * (x1 * x2)


@times.vjp("x1", "x2")
def _(g, x1, x2):
    return g * x2 * 100, g * x1 * 100


@pytest.fixture(autouse=True)
def nothing_overridden():
    yield
    mt.plugins.restore()


def test_every_call_uses_the_other_op_until_the_override_is_restored():
    assert nn.relu(2.0) == 2.0
    mt.plugins.override("nn::relu", relu)
    assert nn.relu(2.0) == mt.ops["nn::relu"](2.0) == mt.ops.nn.relu(2.0) == 20.0
    assert mt.grad(nn.relu)(2.0) == 10.0
    assert repr(nn.relu) == "<Op nn::relu, overridden by acme::relu>"
    mt.plugins.restore("nn::relu")
    assert (nn.relu(2.0), mt.grad(nn.relu)(2.0), repr(nn.relu)) == (2.0, 1.0, "<Op nn::relu>")


def test_a_with_statement_restores_the_previous_override():
    with mt.plugins.override("nn::relu", relu) as overridden:
        assert overridden is nn.relu
        with mt.plugins.override("nn::relu", nn.relu6):
            assert nn.relu(8.0) == 6.0
        assert nn.relu(8.0) == 80.0
    assert nn.relu(8.0) == 8.0


def test_the_operator_of_var_and_its_reflection_use_the_override():
    x = mt.Var(3.0)
    assert (x * 2.0).value == 6.0
    with mt.plugins.override("basic::multiply", times):
        assert ((x * 2.0).value, (2.0 * x).value, xp.mul(3.0, 2.0)) == (600.0, 600.0, 600.0)
    assert ((x * 2.0).value, (2.0 * x).value, xp.mul(3.0, 2.0)) == (6.0, 6.0, 6.0)


def test_an_override_ahead_of_an_operators_first_use(site):
    code = """
    import mutorch_ops_basic
    mt.plugins.override("basic::multiply", mt.ops.basic.add)
    print((mt.Var(3.0) * 4.0).value)
    mt.plugins.restore()
    print((mt.Var(3.0) * 4.0).value)
    """
    assert site.run(code).split() == ["7.0", "12.0"]


def test_the_list_of_ops_shows_an_override():
    mt.plugins.override("nn::relu", relu)
    listed = {each["name"]: each for each in json.loads(CliRunner().invoke(main, ["ops", "nn", "--json"]).stdout)}
    assert listed["nn::relu"]["overridden_by"] == "acme::relu"
    assert "overridden_by" not in listed["nn::gelu"]
    assert "nn::relu (overridden by acme::relu)" in CliRunner().invoke(main, ["ops", "nn"]).stdout
    assert "nn::relu  overridden by acme::relu" in CliRunner().invoke(main, ["plugins", "--explain", "nn"]).stdout


@pytest.mark.parametrize(
    ("name", "mine", "kind", "text"),
    [
        ("nn::relo", relu, errors.UnknownName, r"no installed plugin has an op 'nn::relo'; did you mean nn::relu"),
        ("nowhere::relu", relu, errors.UnknownName, "no installed plugin has an op 'nowhere::relu'"),
        ("nn::relu", len, errors.DeclarationError, "overridden by an Op only, and <built-in function len> is none"),
        ("nn::relu", times, errors.DeclarationError, r"acme::times \(.*test_overrides.py:\d+\) can't override "
         "nn::relu: it has the operands x1, x2, and nn::relu has x"),
        ("nn::leaky_relu", relu, errors.DeclarationError, "does not take the parameters negative_slope"),
        ("nn::relu", xp.linalg.slogdet, errors.DeclarationError, "it returns sign, logabsdet, and not out"),
        ("nn::relu", nn.relu, errors.DeclarationError, "each would answer for the other"),
        ("core::cast", relu, errors.DeclarationError, "the engine stands on its own ops"),
    ],
)  # fmt: skip
def test_an_unsuitable_override_is_refused(name, mine, kind, text):
    with pytest.raises(kind, match=text):
        mt.plugins.override(name, mine)


def test_two_ops_can_not_override_each_other():
    mt.plugins.override("nn::relu", relu)
    relu.replace(nn.silu)
    try:
        with pytest.raises(errors.DeclarationError, match="each would answer for the other"):
            mt.plugins.override("nn::silu", nn.relu)
    finally:
        relu.replace(None)


def test_an_op_without_a_rule_can_not_override():
    @op("acme::ruleless")
    def ruleless(x: Array, /) -> Array:
        return x

    with pytest.raises(errors.MissingRule, match="acme::ruleless has no rule for its operand 'x'"):
        mt.plugins.override("nn::relu", ruleless)


def test_a_disabled_op_neither_overrides_nor_is_overridden(site):
    code = """
    import mutorch_ops_nn as nn
    for name, mine in {"nn::relu": nn.relu6, "nn::silu": nn.gelu}.items():
        try:
            mt.plugins.override(name, mine)
        except mt.errors.Disabled as error:
            print(error)
    print(nn.relu(8.0))
    """
    assert site.run(code, MUTORCH_DISABLE="nn::relu6,nn::silu").splitlines() == [
        "nn::relu6 is disabled by MUTORCH_DISABLE=nn::relu6",
        "nn::silu is disabled by MUTORCH_DISABLE=nn::silu",
        "8.0",
    ]
