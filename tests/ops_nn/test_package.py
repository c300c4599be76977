"""The package as a plugin."""

import mutorch_core as mt
import mutorch_ops_nn as nn


def test_every_public_op_is_registered_once_under_its_own_name():
    public = {getattr(nn, name) for name in nn.__all__}
    registered = [op for name, op in mt.ops.items() if name.startswith("nn::")]
    assert len(registered) == len(set(registered))
    assert set(registered) == public


def test_every_op_says_its_shapes_units_rule_errors_and_source():
    for name in nn.__all__:
        text = getattr(nn, name).__doc__
        for section in ("Shapes:", "Units:", "Rule:", "Raises:", "Source:"):
            assert section in text, (name, section)
        assert ("At kinks:" in text) == bool(getattr(nn, name).kinks), name


def test_aliases_are_the_same_op():
    assert nn.swish is nn.silu
    assert nn.expit is nn.sigmoid
    assert nn.softmax_crossentropy is nn.cross_entropy
