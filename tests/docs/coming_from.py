"""docs/coming_from.md: its blocks by library and name, and the table of how many lines they have.

    python -m tests.docs.coming_from

writes the table into the page.
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["LIBRARIES", "OPS", "PAGE", "blocks", "lines_of", "table", "with_table"]

PAGE = Path(__file__).parents[2] / "docs" / "coming_from.md"
LIBRARIES = {"Mutorch": "mutorch_core", "PyTorch": "torch", "JAX": "jax", "autograd": "autograd", "MyGrad": "mygrad"}
"""Those of the page, with the names that they are imported by."""
OPS = ("softplus", "pinball", "solve")
BLOCK = re.compile(r"^<!-- (\w+): (\w+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(?<=<!-- lines -->\n).*?(?=<!-- end of lines -->)", re.DOTALL)


def blocks() -> dict[tuple[str, str], str]:
    """The page's marked blocks by library and name."""
    found = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    return {(library, name): text for library, name, text in found}


def lines_of(text: str) -> int:
    """Lines that are code."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.strip().startswith("#"))


def table() -> str:
    """How many lines each op takes in each library."""
    counts = {place: lines_of(text) for place, text in blocks().items()}
    rows = [" | ".join((op, *(str(counts[library, op]) for library in LIBRARIES))) for op in OPS]
    head = f"| | {' | '.join(LIBRARIES)} |\n|---{'|--:' * len(LIBRARIES)}|\n"
    return head + "".join(f"| {row} |\n" for row in rows)


def with_table() -> str:
    """The page with the table as it has to be."""
    return TABLE.sub(lambda _: table(), PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(with_table(), encoding="utf-8")
