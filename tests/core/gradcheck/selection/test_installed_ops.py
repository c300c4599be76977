"""Selection of installed ops."""

from pathlib import Path

import pytest

import mutorch_core as mt
import mutorch_ops_nn
from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.selection.installed_ops import (
    all_ops,
    plugin_problems,
    require_distribution,
    select,
    select_in_folder,
    take_shard,
)


def names(ops):
    return [op.name for op in ops]


def test_no_names_select_every_op():
    assert names(select([])) == list(mt.ops)
    assert list(all_ops()) == list(mt.ops)


def test_names_and_namespaces_select_in_the_order_of_registration():
    given = ["basic::add", "basic::subtract", "basic::exp"]
    expected = [name for name in mt.ops if name in given]
    assert names(select(given)) == names(select(given[::-1])) == expected
    assert {op.namespace for op in select(["nn"])} == {"nn"}
    assert names(select([], ["nn"])) == names(select(["nn"]))


def test_an_alias_selects_its_op():
    op = next(op for op in mt.ops.values() if op.aliases)
    assert names(select([f"{op.namespace}::{op.aliases[0]}"])) == [op.name]


def test_what_is_excluded_is_left_out():
    assert "basic::add" not in names(select(["basic"], excluded=["basic::add"]))
    assert "basic" not in {op.namespace for op in select([], excluded=["basic"])}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["basic::ad"],), "no op and no namespace is called 'basic::ad'; did you mean .*basic::add"),
        (([], ["basi"]), "no op and no namespace is called 'basi'; did you mean basic"),
        (([], ["basic::add"]), "is called 'basic::add'"),
        ((["nn"], (), ["nn"]), "nothing to check"),
    ],
)
def test_a_selection_that_matches_nothing_is_an_error(arguments, message):
    with pytest.raises(SelectionError, match=message):
        select(*arguments)


def test_ops_are_selected_by_the_folder_of_their_source(tmp_path):
    folder = Path(mutorch_ops_nn.__file__).parent
    assert names(select_in_folder(folder)) == names(select(["nn"]))
    assert select_in_folder(tmp_path) == []


def test_shards_take_each_op_once():
    ops = list(range(10))
    assert take_shard(ops, None) == ops
    assert sorted(op for k in (1, 2, 3) for op in take_shard(ops, f"{k}/3")) == ops
    assert take_shard(ops, "2/3") == [1, 4, 7]


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/", "-1/3", "1/0"])
def test_what_is_no_shard_is_an_error(text):
    with pytest.raises(SelectionError, match="--shard"):
        take_shard([1, 2, 3], text)


def test_an_empty_shard_is_an_error():
    with pytest.raises(SelectionError, match="there are only 2 ops"):
        take_shard([1, 2], "3/3")


def test_a_requirement_must_be_one_and_be_met():
    require_distribution("numpy>=1")
    for text, message in (
        ("numpy>=999", "numpy .* is installed"),
        ("no-such-thing", "is not installed"),
        (">=1", "is no requirement"),
    ):
        with pytest.raises(SelectionError, match=message):
            require_distribution(text)


def test_healthy_plugins_have_no_problems():
    assert plugin_problems() == []
