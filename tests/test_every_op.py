"""Every registered op, proven: what `mutorch gradcheck --profile quick` says, as one test for each op."""

import pytest

import mutorch_core as mt
from mutorch_core.gradcheck import assert_op_is_right


@pytest.mark.parametrize("name", sorted(mt.ops))
def test_every_rule_of(name):
    assert_op_is_right(name, "quick")


def test_no_installed_plugin_is_broken():
    assert [record.reason for record in mt.plugins.records() if record.status != "ok"] == []
