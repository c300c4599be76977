"""Second names of ops."""

import mutorch_ops_basic as xp
from mutorch_core import Op
from mutorch_ops_basic import aliases


def test_every_alias_is_an_op_of_another_name():
    for name in aliases.__all__:
        op = getattr(aliases, name)
        assert isinstance(op, Op)
        assert op.short_name != name
        assert name in op.aliases
        assert getattr(xp, name) is op


def test_names_of_pytorch_and_numpy_are_the_same_op():
    assert xp.mm is xp.bmm is xp.mv is xp.matmul
    assert xp.arctan2 is xp.atan2
    assert xp.unsqueeze is xp.expand_dims
    assert xp.gather is xp.take_along_dim is xp.take_along_axis
    assert xp.inverse is xp.linalg.inv
