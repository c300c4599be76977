"""How much is drawn: the profiles, and the lanes that each shares its examples among.

    smooth      values all different, off the kinks; operands of one shape, sides of 2 and 3, and 1 at times
    broadcast   shapes that broadcast, sides of 1 and 0, no axes at all
    parameters  as smooth, with at least one parameter off its default
    complex     complex values, for ops that take them
    large       hundreds of entries, for what goes wrong in one of many
    ties        few different values, so that many are equal
    edges       0, 1, -1 and what the op declares as kinks, in shapes that hold little
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from zlib import crc32

import attrs

__all__ = ["LANES", "PROFILES", "Profile"]

LANES = ("smooth", "broadcast", "parameters", "complex", "large", "ties", "edges")


@attrs.frozen
class Profile:
    """Examples per lane, the seconds that shrinking a failure may take, and what the draws depend on.

    The draws of an op depend on `seed` and its name; `database` is a folder of failures to try again first.
    """

    name: str
    examples: Mapping[str, int]
    shrinking: float
    seed: int = 0
    database: str | None = None

    def seed_of(self, op: str, lane: str) -> int:
        """What an op's draws in a lane start from: the same on every machine."""
        return crc32(f"{self.seed}/{op}/{lane}".encode())

    def seeded(self, seed: int | None) -> Profile:
        """The same with another seed; a profile that keeps a database draws a new one where none is given."""
        if seed is None:
            return self if self.database is None else attrs.evolve(self, seed=int.from_bytes(os.urandom(4)))
        return attrs.evolve(self, seed=seed)


def times(factor: float) -> dict[str, int]:
    """The lanes' shares, `factor` times those of `quick`."""
    quick = {"smooth": 10, "broadcast": 8, "parameters": 8, "complex": 3, "large": 1, "ties": 6, "edges": 8}
    return {lane: max(1, round(factor * count)) for lane, count in quick.items()}


PROFILES: Mapping[str, Profile] = {
    "quick": Profile("quick", times(1), shrinking=2.0),
    "ci": Profile("ci", times(4), shrinking=4.0),
    "nightly": Profile("nightly", times(30), shrinking=20.0, database=".mutorch/failures"),
}
