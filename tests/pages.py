"""Pages of the site whose tables are computed: `python -m tests.pages [PAGE…]` writes them to `docs/generated/`.

They compare Mutorch with other libraries, so their numbers depend on what is installed, and they take minutes. A page
whose libraries are not installed contains a sentence that names them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import attrs

__all__ = ["GENERATED", "PAGES", "Page", "in_processes", "write", "write_missing"]

ROOT = Path(__file__).parents[1]
GENERATED = ROOT / "docs" / "generated"
BATCH = 120
SETTINGS = {
    "SCIPY_ARRAY_API": "1",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUTF8": "1",
}
"""SciPy accepts arrays of other libraries; JAX compiles fast rather than well, since each program runs once."""


@attrs.frozen
class Page:
    """A page: its title, the module that prints it, the libraries it compares and the extra that installs them."""

    title: str
    module: str
    libraries: tuple[str, ...] = ()
    extra: str = "peers"

    @property
    def absent(self) -> list[str]:
        """The libraries that are not installed."""
        return [name for name in self.libraries if find_spec(name) is None]


PAGES = {
    "gallery": Page("A gallery of failures", "tests.core.gradcheck.gallery.page"),
    "checkers": Page("What checkers catch", "tests.benchmarks.checkers", ("torch", "jax", "autograd", "mygrad")),
    "consumers": Page(
        "Consumers",
        "tests.consumers.page",
        ("array_api_extra", "einops", "opt_einsum", "sklearn", "xarray"),
        "consumers",
    ),
    "exporters": Page("Ops in other frameworks", "tests.core.interop.page", ("torch", "jax", "autograd")),
    "numpy_functions": Page("NumPy's functions", "tests.ops_basic.numpy_protocols.page"),
    "libraries": Page("Array libraries", "tests.benchmarks.libraries", ("torch", "jax", "dask", "array_api_strict")),
}


def in_processes(function: Callable[[str], Any], items: Sequence[str]) -> list[Any]:
    """Map a function over items in as many processes as there are cores.

    Each batch has new processes, since JAX keeps every program that it has compiled.
    """
    found: list[Any] = []
    for start in range(0, len(items), BATCH):
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            found += pool.map(function, items[start : start + BATCH], chunksize=2)
    return found


def write(name: str, folder: Path = GENERATED) -> None:
    """Write a page, or the sentence in its place if libraries are missing."""
    page = PAGES[name]
    text = placeholder(name) if page.absent else printed(page.module)
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath(f"{name}.md").write_text(text, encoding="utf-8")


def printed(module: str) -> str:
    """Return what a module prints in a fresh process."""
    command = [sys.executable, "-m", module]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | SETTINGS, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def placeholder(name: str) -> str:
    """Return the text of a page that was not built."""
    page = PAGES[name]
    lacking = f'; not installed: {", ".join(page.absent)} (`pip install ".[{page.extra}]"`)' if page.absent else ""
    text = f"This page was not built{lacking}. In a checkout, `python -m tests.pages {name}` builds it."
    return f"# {page.title}\n\n{text}\n"


def write_missing(folder: Path = GENERATED) -> None:
    """Write the sentence for each page that is not there, so that the site can be built without them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        path = folder / f"{name}.md"
        if not path.exists():
            path.write_text(placeholder(name), encoding="utf-8")


def main(names: Sequence[str]) -> None:
    """Write the named pages, all by default."""
    if unknown := set(names) - PAGES.keys():
        raise SystemExit(f"no such page: {', '.join(sorted(unknown))}; there are: {', '.join(PAGES)}")
    for name in names or PAGES:
        start = time.monotonic()
        write(name)
        note = f"not installed: {', '.join(PAGES[name].absent)}" if PAGES[name].absent else "written"
        print(f"{name}: {note}, {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
