"""How the documentation is built: `sphinx-build -W docs build/docs`.

The reference is written from what is installed.
"""

import re
from pathlib import Path

import mutorch_core as mt

project = "Mutorch"
author = "the Mutorch developers"
release = mt.__version__
extensions = ["myst_parser"]
myst_heading_anchors = 3
html_theme = "furo"
exclude_patterns = ["examples", "plugins"]

REFERENCE = Path(__file__).parent / "reference"


def write_reference(_):
    """A page for each namespace: its ops with signature, operator, aliases and docstring."""
    REFERENCE.mkdir(exist_ok=True)
    records = {record.namespace: record for record in mt.plugins.records()}
    namespaces = [mt.plugins.CORE, *(name for name, record in records.items() if record.status == "ok")]
    for namespace in namespaces:
        ops = [op for op in mt.ops.values() if op.namespace == namespace]
        of = records[namespace].distribution if namespace in records else "mutorch"
        head = f"# `{namespace}`\n\n{len(ops)} ops of {of}.\n\n"
        REFERENCE.joinpath(f"{namespace}.md").write_text(head + "\n".join(map(described, ops)), encoding="utf-8")
    listed = "\n".join(namespaces)
    index = f"# Reference\n\nAll ops that are installed.\n\n```{{toctree}}\n:maxdepth: 1\n\n{listed}\n```\n"
    REFERENCE.joinpath("index.md").write_text(index, encoding="utf-8")


def described(op):
    """An op's section."""
    notes = [f"operator `{op.operator}`"] if op.operator else []
    notes += [f"also `{alias}`" for alias in op.aliases]
    notes += [] if op.differentiable else ["no derivative"]
    signature = f"{op.short_name}{op.signature}".replace("mutorch_core.annotations.", "")
    signature = re.sub(r"Hidden\[(.*)\]$", r"\1", signature)  # what callers see of it
    text = "\n".join(line.removeprefix("    ") for line in (op.__doc__ or "").strip().splitlines())
    return f"## `{op.name}`\n\n{', '.join(notes)}\n\n```text\n{signature}\n\n{text}\n```\n"


def setup(app):
    """Write the reference ahead of reading the pages."""
    app.connect("builder-inited", write_reference)
