"""Profiles and regimes: the number of cases of an op, and how they are distributed.

smooth      values all different, off the kinks; operands of one shape, sides of 2 and 3, and 1 at times
wide        as smooth, with values up to 100
broadcast   operands of different shapes that broadcast
ones        shapes with sides of 1
scalar      no axes at all
empty       no entries at all
parameters  as smooth, with at least one parameter off its default
complex     complex values, for ops that accept them
large       hundreds of entries, to find errors in a single one
ties        few different values, so that many are equal
edges       0, 1, -1 and the op's declared kinks, in small shapes
extremes    large and tiny values, and the ends of declared domains
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sized
from zlib import crc32

import attrs

__all__ = ["PROFILES", "REGIMES", "Profile"]

REGIMES = (
    "smooth", "wide", "broadcast", "ones", "scalar", "empty",
    "parameters", "complex", "large", "ties", "edges", "extremes",
)  # fmt: skip


@attrs.frozen
class Profile:
    """The examples per regime, the time limits for shrinking and for an op, and the seed.

    The draws of an op depend on `seed` and its name. `save_folder` holds counterexamples to try first. Without a
    `limit` an op may take any time.
    """

    name: str
    examples: Mapping[str, int]
    shrink_seconds: float
    limit: float | None = None
    seed: int = 0
    save_folder: str | None = None

    @property
    def patience(self) -> float:
        """The seconds after which shrinking, which has a time limit, must have ended."""
        return 2 * self.shrink_seconds + 1

    def limit_on(self, backends: Sized) -> float | None:
        """Return the time limit of an op on NumPy and a number of further array libraries."""
        return self.limit and self.limit * (1 + len(backends))

    def seed_of(self, op: str, regime: str) -> int:
        """Return the seed of an op's draws in a regime, the same on every machine."""
        return crc32(f"{self.seed}/{op}/{regime}".encode())

    def with_seed(self, seed: int | None) -> Profile:
        """Return the profile with another seed. For None, a profile with a save folder gets a random seed."""
        if seed is None:
            return self if self.save_folder is None else attrs.evolve(self, seed=int.from_bytes(os.urandom(4)))
        return attrs.evolve(self, seed=seed)

    def with_limit(self, seconds: float | None) -> Profile:
        """Return the profile with another time limit per op: none for 0, the same for None."""
        return self if seconds is None else attrs.evolve(self, limit=seconds or None)


def scaled_shares(factor: float) -> dict[str, int]:
    """Return the number of examples of each regime, `factor` times that of `quick`."""
    quick = {
        "smooth": 10, "wide": 4, "broadcast": 5, "ones": 4, "scalar": 2, "empty": 2,
        "parameters": 8, "complex": 4, "large": 2, "ties": 6, "edges": 6, "extremes": 6,
    }  # fmt: skip
    return {regime: max(1, round(factor * count)) for regime, count in quick.items()}


PROFILES: Mapping[str, Profile] = {
    "quick": Profile("quick", scaled_shares(1), shrink_seconds=2.0, limit=20.0),
    "ci": Profile("ci", scaled_shares(4), shrink_seconds=4.0, limit=40.0),
    "nightly": Profile("nightly", scaled_shares(30), shrink_seconds=20.0, limit=400.0, save_folder=".mutorch/failures"),
}
