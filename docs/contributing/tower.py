"""The picture of the architecture, drawn from the imports: `python docs/contributing/tower.py FILE.svg`.

A box is a module or sub-package directly below `mutorch_core`, or an op package. It stands one layer above the highest
box that it imports, so all imports point downwards. An import against this order is listed below the picture.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from grimp import ImportGraph

__all__ = ["drawn", "imports_between", "layers_of", "reduced", "write_picture"]

CORE = "mutorch_core"
OP_PACKAGES = ("mutorch_ops_basic", "mutorch_ops_nn")
CHARACTER, HEIGHT, GAP, RISE, MARGIN = 8, 28, 14, 34, 16

Imports = Mapping[str, set[str]]


def imports_between(
    graph: ImportGraph, core: str = CORE, others: Sequence[str] = OP_PACKAGES
) -> tuple[Imports, Imports]:
    """Return what each box imports, without circles, and the imports that would make circles."""
    boxes = {module: module.removeprefix(f"{core}.") for module in (*graph.find_children(core), *others)}
    box_of = {inner: name for module, name in boxes.items() for inner in (module, *graph.find_descendants(module))}
    against = graph.nominate_cycle_breakers(core)
    found: dict[str, set[str]] = {name: set() for name in boxes.values()}
    upward: dict[str, set[str]] = {}
    for importer, box in box_of.items():
        for imported in graph.find_modules_directly_imported_by(importer):
            # The public names of the core are those of the boxes that its `__init__` imports.
            public = graph.find_modules_directly_imported_by(core) if imported == core and box in others else {imported}
            targets = {box_of[one] for one in public if one in box_of} - {box}
            if targets:
                kept = upward.setdefault(box, set()) if (importer, imported) in against else found[box]
                kept |= targets
    return found, upward


def layers_of(imports: Imports) -> list[list[str]]:
    """Return the boxes of each layer, lowest first: a box's layer is the longest chain of imports below it."""
    level: dict[str, int] = {}
    for name in TopologicalSorter(imports).static_order():
        level[name] = max((level[below] + 1 for below in imports[name]), default=0)
    return [
        sorted(name for name in level if level[name] == floor) for floor in range(max(level.values(), default=-1) + 1)
    ]


def reduced(imports: Imports) -> dict[str, set[str]]:
    """Return the imports without those that a chain of others implies, so that few lines are drawn."""
    reached: dict[str, set[str]] = {}
    for name in TopologicalSorter(imports).static_order():
        reached[name] = set().union(*({below} | reached[below] for below in imports[name]))
    return {
        name: {one for one in below if not any(one in reached[other] for other in below)}
        for name, below in imports.items()
    }


def drawn(imports: Imports, upward: Imports) -> str:
    """Return the picture as SVG, lowest layer at the bottom."""
    layers = layers_of(imports)
    notes = [
        f"{name} also imports {target}, when it is used" for name in sorted(upward) for target in sorted(upward[name])
    ]
    widths = {name: CHARACTER * len(name) + 20 for layer in layers for name in layer}
    rows = [sum(widths[name] + GAP for name in layer) - GAP for layer in layers]
    width = max([*rows, *(CHARACTER * len(note) for note in notes)], default=0) + 2 * MARGIN
    height = len(layers) * (HEIGHT + RISE) - RISE + 2 * MARGIN + 20 * len(notes)
    place: dict[str, tuple[float, float]] = {}
    for floor, layer in enumerate(reversed(layers)):
        left = (width - rows[len(layers) - 1 - floor]) / 2
        for name in layer:
            place[name] = (left, MARGIN + floor * (HEIGHT + RISE))
            left += widths[name] + GAP
    shapes = [f'<rect width="{width}" height="{height}" fill="white"/>']
    for name, below in sorted(reduced(imports).items()):
        for target in sorted(below):
            ends = [(place[one][0] + widths[one] / 2, place[one][1]) for one in (name, target)]
            (x1, y1), (x2, y2) = ends
            shapes.append(f'<line x1="{x1:g}" y1="{y1 + HEIGHT:g}" x2="{x2:g}" y2="{y2:g}" stroke="#9aa5b1"/>')
    for name, (x, y) in place.items():
        box = f'width="{widths[name]}" height="{HEIGHT}" rx="4" fill="#eef3f8" stroke="#4a6078"'
        shapes.append(f'<rect x="{x:g}" y="{y:g}" {box}/>')
        shapes.append(f'<text x="{x + widths[name] / 2:g}" y="{y + 19:g}" text-anchor="middle">{escape(name)}</text>')
    for line, note in enumerate(notes, 1):
        shapes.append(
            f'<text x="{MARGIN}" y="{height - MARGIN + 4 - 20 * (len(notes) - line):g}">{escape(note)}</text>'
        )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'{head} font-family="monospace" font-size="13">\n' + "\n".join(shapes) + "\n</svg>\n"


def write_picture(path: Path) -> None:
    """Read the imports and write the picture."""
    import grimp

    graph = grimp.build_graph(CORE, *OP_PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(drawn(*imports_between(graph)), encoding="utf-8")


if __name__ == "__main__":
    write_picture(Path(sys.argv[1]))
