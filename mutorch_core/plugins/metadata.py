"""What installed distributions say of themselves: entry points, name, version, requirements. Nothing is imported.

Each file is read at most once: the entry points of all when the first is asked for, the rest of a distribution's
metadata when that distribution is. One that is written wrongly is told of, and hides no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

import attrs

from mutorch_core.version import __version__

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["Entry", "Source", "entries"]


class Source:
    """A distribution, whose metadata is read when it is first asked for."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution
        # of what is not unpacked from a wheel there may be no such folder: `acme_ops-1.0.dist-info`
        folder = str(getattr(getattr(distribution, "_path", None), "name", ""))
        match = re.fullmatch(r"(.+?)(?:-(\d[^-]*)(?:-py[\d.]+)?)?\.(?:dist|egg)-info", folder)
        self.stem, self.mark = (match[1], match[2] or "unknown") if match else ("", "unknown")

    @property
    def trouble(self) -> str:
        """What is wrong with the metadata, or nothing."""
        return self._read[3]

    @property
    def name(self) -> str:
        """The name; the folder's where the metadata has none."""
        return self._read[0]

    @property
    def version(self) -> str:
        """The version; the folder's where the metadata has none."""
        return self._read[1]

    @property
    def requires(self) -> tuple[str, ...]:
        """All that it requires, as it is written."""
        return self._read[2]

    @cached_property
    def _read(self) -> tuple[str, str, tuple[str, ...], str]:
        stem, mark = self.stem or "unknown", self.mark
        try:
            metadata = self.distribution.metadata
            name, version = metadata["Name"], metadata["Version"]
            requires = tuple(metadata.get_all("Requires-Dist") or ())
        except Exception as error:  # no such file (a TypeError before Python 3.12), or no UTF-8
            return stem, mark, (), f"its metadata can't be read: {type(error).__name__}"
        lacking = [field for field, value in {"Name": name, "Version": version}.items() if not value]
        trouble = f"its metadata has no {' and no '.join(lacking)}" if lacking else ""
        return name or stem, version or mark, requires, trouble

    def needed(self) -> list[str]:
        """What it requires of Mutorch, as it is written."""
        return [text.strip() for text in self.requires if re.match(r"\s*mutorch(?![\w.-])", text, re.IGNORECASE)]

    def unmet(self) -> str | None:
        """What it requires of Mutorch here, where this is not it. Raises ValueError for what can't be read."""
        for text in self.needed():
            if re.fullmatch(r"mutorch\s*(\[[^]]*\])?\s*", text.partition(";")[0], re.IGNORECASE):
                continue  # any version will do
            from packaging.requirements import Requirement

            wanted = Requirement(text)
            applies = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            if applies and not wanted.specifier.contains(__version__, prereleases=True):
                return text
        return None


@attrs.frozen
class Entry:
    """An entry point: `name = module`, of a group, with whose it is."""

    group: str
    name: str
    module: str
    source: Source


def entries(group: str) -> list[Entry]:
    """All entry points of a group, of distributions as they stand on the path."""
    return [entry for entry in installed() if entry.group == group]


@cache
def installed() -> tuple[Entry, ...]:
    """The entry points of all groups that begin with `mutorch.`."""
    from importlib.metadata import distributions

    found: list[Entry] = []
    seen: set[str] = set()
    for distribution in distributions():
        try:
            text = distribution.read_text("entry_points.txt") or ""
        except UnicodeDecodeError:  # the format is UTF-8: in this file are nobody's entry points
            continue
        if "[mutorch." not in text:
            continue
        source = Source(distribution)
        own = re.sub(r"[-_.]+", "_", source.stem or source.name).lower()
        if own not in seen:  # of one that is there twice Python imports the first
            seen.add(own)
            found += (Entry(group, name, module, source) for group, name, module in lines_of(text))
    return tuple(found)


def lines_of(text: str) -> Iterator[tuple[str, str, str]]:
    """Group, name and module of each line; what is no `name = module` has an empty module."""
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            group = line.strip("[] ")
        elif line and line[0] not in "#;" and group.startswith("mutorch."):
            name, _, value = line.partition("=")
            yield group, name.strip(), re.split(r"[:\[]", value)[0].strip()
