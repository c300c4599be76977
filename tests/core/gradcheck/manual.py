"""The generated tables of docs/gradcheck.md: the command, profiles, properties and the pytest plugin.

    python -m tests.core.gradcheck.manual

Each stands between `<!-- generated: NAME -->` and `<!-- end -->`; the rest of the page is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
import pytest

from mutorch_core.gradcheck.execution.command import gradcheck
from mutorch_core.gradcheck.execution.pytest_plugin import pytest_addoption
from mutorch_core.gradcheck.profiles import PROFILES
from mutorch_core.gradcheck.properties import PROPERTIES
from mutorch_core.gradcheck.properties.conduct.libraries import LibrariesCheck, libraries_property

__all__ = ["PAGE", "renewed"]

PAGE = Path(__file__).parents[3] / "docs" / "gradcheck.md"

Rows = Iterator[Sequence[str]]


def options() -> Rows:
    """Yield the command's options with their help."""
    yield "option", "does"
    for option in gradcheck.params:
        if isinstance(option, click.Option):
            given = option.metavar or "|".join(getattr(option.type, "choices", ()))
            default = f" `{option.default}` by default." if option.show_default else ""
            yield f"`{' '.join([*option.opts, given]).strip()}`", f"{option.help}{default}"


def profiles() -> Rows:
    """Yield the profiles with their number of examples and their time limits."""
    yield "profile", "examples of an op", "time limit for an op", "time for shrinking a failure"
    for profile in PROFILES.values():
        examples = sum(profile.examples.values())
        yield f"`{profile.name}`", f"up to {examples}", f"{profile.limit:g} s", f"{profile.shrink_seconds:g} s"


def properties() -> Rows:
    """Yield the properties with their exceptions."""
    yield "property", "exception", "is raised where"
    for found in (*PROPERTIES, libraries_property(LibrariesCheck(()))):
        said = (found.failure.__doc__ or "").partition("\n")[0]
        yield f"`{found.name}`", f"`{found.failure.__name__}`", said[0].lower() + said[1:].rstrip(".")


def pytest_options() -> Rows:
    """Yield the plugin's options."""
    yield "option", "does"
    parser = pytest.Parser(_ispytest=True)
    pytest_addoption(parser)
    for option in parser.getgroup("mutorch").options:
        attributes = option.attrs()
        given = attributes.get("metavar") or "|".join(map(str, attributes.get("choices") or ()))
        yield f"`{' '.join(filter(None, [*option.names(), given]))}`", attributes["help"]


TABLES: dict[str, Callable[[], Rows]] = {
    "options": options, "profiles": profiles, "properties": properties, "pytest": pytest_options,
}  # fmt: skip


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as a Markdown table, the first as its head."""
    head, *others = (f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |" for row in rows)
    return "\n".join([head, re.sub(r"[^|]+", "---", head.replace(BAR, "")), *others])


BAR = "\\|"


def renewed(text: str) -> str:
    """Return the page with current tables."""

    def renew(match: re.Match[str]) -> str:
        return f"{match[1]}\n{table(TABLES[match[2]]())}\n<!-- end -->"

    return re.sub(r"(<!-- generated: (\w+) -->).*?<!-- end -->", renew, text, flags=re.DOTALL)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
