"""The picture of the architecture has a box for each module and package, and no import points up."""

import runpy
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

import mutorch_core

grimp = pytest.importorskip("grimp")
TOWER = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "contributing" / "tower.py"))
IMPORTS = {
    "cli": {"engine", "graph"},
    "engine": {"graph", "errors"},
    "graph": {"errors"},
    "errors": set(),
    "ops": {"cli"},
}


def test_a_box_is_one_layer_above_the_highest_that_it_imports():
    assert TOWER["layers_of"](IMPORTS) == [["errors"], ["graph"], ["engine"], ["cli"], ["ops"]]
    assert TOWER["layers_of"]({"b": set(), "a": set()}) == [["a", "b"]]


def test_a_line_that_others_imply_is_not_drawn():
    assert TOWER["reduced"](IMPORTS) == {
        "cli": {"engine"}, "engine": {"graph"}, "graph": {"errors"}, "errors": set(), "ops": {"cli"}
    }  # fmt: skip


def test_boxes_are_drawn_above_those_that_they_import():
    texts = [element for element in drawn(IMPORTS, {}).iter() if element.tag.endswith("text")]
    height = {element.text: float(element.get("y")) for element in texts}
    assert all(height[name] < height[below] for name, every in IMPORTS.items() for below in every)
    lines = [element for element in drawn(IMPORTS, {}).iter() if element.tag.endswith("line")]
    assert len(lines) == 4
    assert all(float(line.get("y1")) < float(line.get("y2")) for line in lines)


def test_boxes_of_a_layer_do_not_overlap_and_lie_within_the_picture():
    root = drawn({"a": set(), "a_long_name": set(), "c": set()}, {})
    frame, *boxes = [element for element in root.iter() if element.tag.endswith("rect")]
    ends = [(float(box.get("x")), float(box.get("x")) + float(box.get("width"))) for box in boxes]
    assert all(right < left for (_, right), (left, _) in pairwise(ends))
    assert ends[0][0] > 0
    assert ends[-1][1] < float(frame.get("width"))


def test_an_import_against_the_order_is_listed():
    texts = [element.text for element in drawn(IMPORTS, {"errors": {"cli"}}).iter() if element.tag.endswith("text")]
    assert "errors also imports cli, when it is used" in texts


def test_circles_are_broken_and_what_is_inside_of_a_package_counts_for_it():
    graph = grimp.ImportGraph()
    for module in ("p", "p.low", "p.low.a", "p.high", "p.high.b", "p.high.c", "ops"):
        graph.add_module(module)
    for importer, imported in (
        ("p.high.b", "p.low.a"),
        ("p.high.c", "p.low"),
        ("p.low.a", "p.high.b"),
        ("ops", "p.high"),
    ):
        graph.add_import(importer=importer, imported=imported)
    found, upward = TOWER["imports_between"](graph, "p", ("ops",))
    assert found == {"high": {"low"}, "low": set(), "ops": {"high"}}
    assert upward == {"low": {"high"}}


def test_an_op_package_that_imports_a_public_name_stands_above_the_box_that_provides_it():
    graph = grimp.ImportGraph()
    for module in ("p", "p.low", "p.high", "ops", "ops.inner"):
        graph.add_module(module)
    for importer, imported in (("p", "p.high"), ("p.high", "p.low"), ("ops.inner", "p")):
        graph.add_import(importer=importer, imported=imported)
    found, upward = TOWER["imports_between"](graph, "p", ("ops",))
    assert found == {"high": {"low"}, "low": set(), "ops": {"high"}}
    assert upward == {}


def test_the_picture_has_everything_that_is_there(tmp_path):
    TOWER["write_picture"](tmp_path / "new" / "tower.svg")
    root = ElementTree.parse(tmp_path / "new" / "tower.svg").getroot()
    folder = Path(mutorch_core.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert modules | packages | {"mutorch_ops_basic", "mutorch_ops_nn"} <= texts


def drawn(imports, upward):
    return ElementTree.fromstring(TOWER["drawn"](imports, upward))
