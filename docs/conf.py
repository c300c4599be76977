"""The documentation's build: `sphinx-build -W docs build/docs`.

The reference is written from the installed op packages, the picture of the architecture from the imports. The pages of
`python -m tests.pages` are taken from `docs/generated/`; a page that is missing is replaced by a sentence.
"""

import inspect
import re
import shutil
import sys
from itertools import groupby
from pathlib import Path

import mutorch_core as mt

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "contributing")]

from tower import write_picture  # noqa: E402 - the paths are set only now

from tests.pages import write_missing  # noqa: E402

project = "Mutorch"
author = "the Mutorch developers"
release = mt.__version__
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
exclude_patterns = ["examples", "plugins"]

REFERENCE = Path(__file__).parent / "reference"
GENERATED = Path(__file__).parent / "generated"


def write_reference(_):
    """A folder for each namespace, a page in it for each family of ops: the module that they are written in."""
    shutil.rmtree(REFERENCE, ignore_errors=True)
    records = {record.namespace: record for record in mt.plugins.records()}
    namespaces = [mt.plugins.CORE, *(name for name, record in records.items() if record.status == "ok")]
    for namespace in namespaces:
        folder = REFERENCE / namespace
        folder.mkdir(parents=True)
        ops = sorted((op for op in mt.ops.values() if op.namespace == namespace), key=family)
        families = {name: list(found) for name, found in groupby(ops, key=family)}
        for name, found in families.items():
            about = inspect.getdoc(sys.modules[found[0].function.__module__]) or ""
            head = f"# `{name}`\n\n{about.partition(chr(10))[0]}\n\n"
            folder.joinpath(f"{name}.md").write_text(head + "\n".join(map(described, found)), encoding="utf-8")
        of = records[namespace].distribution if namespace in records else "mutorch"
        write_index(folder, f"`{namespace}`", f"{len(ops)} ops of {of}, by family.", families)
    folders = [f"{namespace}/index" for namespace in namespaces]
    write_index(REFERENCE, "Reference", "All ops that are installed.", folders)


def family(op):
    """The module of an op, within its package."""
    _, _, module = op.function.__module__.partition(".")
    return module or op.namespace


def write_index(folder, title, text, pages):
    """A page that leads to others."""
    listed = "\n".join(pages)
    page = f"# {title}\n\n{text}\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    folder.joinpath("index.md").write_text(page, encoding="utf-8")


def described(op):
    """An op's section."""
    notes = [f"operator `{op.operator}`"] if op.operator else []
    notes += [f"also `{alias}`" for alias in op.aliases]
    notes += [] if op.differentiable else ["no derivative"]
    signature = f"{op.short_name}{op.signature}".replace("mutorch_core.declaration.annotations.", "")
    signature = re.sub(r"(: |-> )(['\"])(.*?)\2(?=[,) ]|$)", r"\1\3", signature)  # annotations that are text
    signature = re.sub(r"Hidden\[(.*)\]$", r"\1", signature)  # what callers see of it
    text = "\n".join(line.removeprefix("    ") for line in (op.__doc__ or "").strip().splitlines())
    return f"## `{op.name}`\n\n{', '.join(notes)}\n\n```text\n{signature}\n\n{text}\n```\n"


def setup(app):
    """Write what is generated before Sphinx looks for pages."""
    app.connect("builder-inited", write_reference)
    app.connect("builder-inited", lambda _: write_missing(GENERATED))
    app.connect("builder-inited", lambda _: write_picture(GENERATED / "tower.svg"))
