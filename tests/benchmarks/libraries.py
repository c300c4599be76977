"""The page about ops on array libraries: `python -m tests.pages libraries`.

Each op runs as `mutorch gradcheck --backend` runs it, on half as many cases as in the profile `quick`, so that the page
takes two minutes. `python -m tests.benchmarks.libraries OP…` prints the page for some ops.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import attrs

import mutorch_core as mt
from mutorch_core.gradcheck.checking.check_op import check_property
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.properties.conduct.libraries import LibrariesCheck, Tally, libraries_property
from mutorch_core.gradcheck.under_test.backends import backends_of
from mutorch_core.gradcheck.verdicts import Verdict
from tests.pages import in_processes

__all__ = ["DISTRIBUTIONS", "cell", "page", "tallies"]

DISTRIBUTIONS = {"torch": "PyTorch", "jax": "JAX", "dask": "Dask", "array_api_strict": "array-api-strict"}
"""The libraries of the page, as on the command line, and as people call them."""

CASES = attrs.evolve(PROFILES["quick"], examples={k: max(1, n // 2) for k, n in PROFILES["quick"].examples.items()})

WHOLLY, PARTLY, LACKING = "✓", "(✓)", "–"

OPENING = """\
# Array libraries

{whole} of {total} ops run on every one of these libraries, on all inputs that were drawn: forward, rule and the rule's
own derivative, with what NumPy says of the same inputs in float64.

| library | version | ops | of these, in part | not |
|---|---|--:|--:|--:|
{counts}

✓ on all inputs; (✓) on some, what is refused stands below; – on none. Dask's arrays come in several chunks. CuPy goes
the same way as the others: `mutorch gradcheck --backend cupy`. PyTorch on a GPU is `--backend torch:cuda`.

"""


def tallies(op: Any) -> Mapping[str, Tally]:
    """What came of an op on each library. Raises the failure where it is another one there."""
    check = LibrariesCheck(backends_of(",".join(DISTRIBUTIONS)))
    result = check_property(CasePool(op, CASES), libraries_property(check))
    if result.verdict is Verdict.WRONG:
        raise result.failure
    return check.tallies


def tallies_of(name: str) -> Mapping[str, Tally]:
    """Return the tallies of an op, given by name since processes exchange text."""
    return tallies(mt.ops[name])


def cell(tally: Tally) -> str:
    """An op on a library, as the table has it."""
    if not tally.compared:
        return LACKING
    return PARTLY if tally.gaps else WHOLLY


def page(found: Mapping[str, Mapping[str, Tally]]) -> Iterator[str]:
    """Yield the lines."""
    cells = {op: [cell(by_library[library]) for library in DISTRIBUTIONS] for op, by_library in found.items()}
    columns = zip(*cells.values(), strict=True)
    counts = "\n".join(counted(*pair) for pair in zip(DISTRIBUTIONS.items(), columns, strict=True))
    whole = sum(set(row) == {WHOLLY} for row in cells.values())
    yield from OPENING.format(whole=whole, total=len(cells), counts=counts).splitlines()
    yield f"| op | {' | '.join(DISTRIBUTIONS.values())} |"
    yield "|---" + "|:-:" * len(DISTRIBUTIONS) + "|"
    yield from (f"| `{op}` | {' | '.join(row)} |" for op, row in cells.items())
    for library, title in DISTRIBUTIONS.items():
        yield from ("", f"## What {title} refuses", "")
        yield from reasons({op: by_library[library] for op, by_library in found.items()})


def counted(library: tuple[str, str], column: Sequence[str]) -> str:
    """A row of the table of libraries."""
    name, title = library
    partly, lacking = column.count(PARTLY), column.count(LACKING)
    return f"| {title} | {version(name)} | {len(column) - lacking} | {partly} | {lacking} |"


def reasons(found: Mapping[str, Tally]) -> Iterator[str]:
    """What a library refuses of each op, and why, in its own words."""
    lines = [f"- `{op}`: {line}" for op, tally in found.items() for line in tally.lines]
    yield from lines or ["Nothing."]


def main(names: Sequence[str]) -> None:
    """Print the page."""
    for line in page(dict(zip(names, in_processes(tallies_of, names), strict=True))):
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:] or sorted(mt.ops))
