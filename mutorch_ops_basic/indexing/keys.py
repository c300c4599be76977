"""Keys of an indexing: integers, slices, ..., None, arrays of integers, masks, or a tuple of these."""

from __future__ import annotations

from typing import Any

__all__ = ["is_plain", "may_repeat", "rename_dask_arrays", "single_axis_indices"]


def rename_dask_arrays(key: Any) -> Any:
    """Copy index arrays of Dask under new names: its chunk offsets clash with arrays of equal entries."""
    if isinstance(key, tuple):
        return tuple(map(rename_dask_arrays, key))
    return key + 0 if is_list_of_integers(key) and hasattr(key, "dask") else key


def is_plain(key: Any) -> bool:
    """Return whether a key has only integers, slices and ..., which every library accepts in an assignment."""
    parts = key if isinstance(key, tuple) else (key,)
    return all(type(part) in (int, slice) or part is Ellipsis for part in parts)


def single_axis_indices(key: Any) -> tuple[int, Any] | None:
    """Return axis and indices of a key made by `along`, else None: the standard has `take` for it, but no such key."""
    *whole, indices, rest = key if isinstance(key, tuple) and len(key) > 1 else (None, None)
    plain = rest is ... and all(isinstance(part, slice) and part == slice(None) for part in whole)
    return (len(whole), indices) if plain and getattr(indices, "ndim", 0) == 1 and may_repeat(indices) else None


def may_repeat(key: Any) -> bool:
    """Return whether a key may name an entry twice: it then contains an array or list of integers."""
    return any(map(is_list_of_integers, key if isinstance(key, tuple) else (key,)))


def is_list_of_integers(part: Any) -> bool:
    """Return whether a part of a key is an array or list other than a mask."""
    if isinstance(part, list):
        return not part or is_list_of_integers(part[0]) or type(part[0]) is int
    if not getattr(part, "ndim", 0):
        return False
    name = getattr(part.dtype, "kind", None) or str(part.dtype)  # str of a NumPy dtype is slow
    return name != "b" and "bool" not in name
