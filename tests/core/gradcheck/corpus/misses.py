"""The faults that the checker does not catch, each with the reason. A test holds the table exact."""

from __future__ import annotations

__all__ = ["MISSES", "NOT_NAMED"]

NOT_NAMED: dict[str, str] = {}
"""The faults that are caught but not called by their name, each with the reason; also held exact."""

MISSES: dict[str, str] = {}
"""By fault and site, as `sign at basic::add.x1`, the reason for which no draw of the `ci` profile shows it."""
