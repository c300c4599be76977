"""The array libraries that ops run on, and conversions from and to NumPy.

A backend is named as on the command line: `torch`, `jax`, or `torch:cuda` for a device of it. Settings that make a
library comparable are active only during a check: 64 bits for JAX, computation in this thread for Dask.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from importlib import import_module
from typing import Any, cast

import attrs
import numpy as np

from mutorch_core.arrays.devices import to_numpy
from mutorch_core.arrays.namespaces import library_name, library_namespace
from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.value_types import is_array, is_dtype, is_scalar, is_several

__all__ = ["NUMPY", "Backend", "backends_of", "map_arrays"]


def map_arrays(value: Any, make: Callable[[Any], Any]) -> Any:
    """Return a value with `make` applied to every NumPy array in it, also inside tuples and lists."""
    if is_several(value):
        items = [map_arrays(item, make) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return make(np.asarray(value)) if is_array(value) or is_scalar(value) else value


@attrs.define(eq=False, slots=False)
class Backend:
    """An array library and one of its devices; None stands for the library's default.

    `two_chunks` selects, for a chunked library, two chunks per axis or one chunk per array. `computed` counts a lazy
    library's computations.
    """

    name: str
    space: Any
    device: Any = None
    two_chunks: bool = True
    computed: int = 0

    @cached_property
    def library(self) -> str:
        """The library's name, without the device."""
        return library_name(self.space)

    @property
    def variants(self) -> Sequence[Backend]:
        """The backend itself, and for a chunked library also the variant with one chunk."""
        return (self, attrs.evolve(self, two_chunks=False)) if self.library == "dask" else (self,)

    def session(self) -> Any:
        """Return a context in which this library is comparable with NumPy."""
        opened = CONTEXTS.get(self.library)
        return nullcontext() if opened is None else opened(self)

    def array(self, array: Any) -> Any:
        """Convert a NumPy array to this library."""
        if self.library == "numpy":
            return array
        converted = self.space.asarray(np.array(array, order="C"), device=self.device)
        if self.library == "dask" and self.two_chunks and converted.ndim:
            return converted.rechunk(tuple(max(1, (side + 1) // 2) for side in converted.shape))
        return converted

    def parameter(self, value: Any) -> Any:
        """Convert a dtype to this library's; return any other parameter unchanged."""
        return getattr(self.space, np.dtype(value).name) if is_dtype(value) else value

    @cached_property
    def array_type(self) -> Any:
        """The type of the library's arrays."""
        return cast("type[Any]", type(self.space.zeros(())))

    def owns(self, value: Any) -> bool:
        """Return whether a value is an array of this library and device, not recorded by the library's autograd."""
        on_device = self.device is None or str(getattr(value, "device", None)) == str(self.device)
        return isinstance(value, self.array_type) and on_device and not getattr(value, "requires_grad", False)

    def to_numpy(self, array: Any) -> Any:
        """Convert an array of this library to NumPy."""
        return to_numpy(array)


@contextmanager
def jax_with_64_bits(_: Backend) -> Generator[None]:
    """Enable 64 bits in JAX, in this thread."""
    jax: Any = import_module("jax")
    owner = jax if hasattr(jax, "enable_x64") else import_module("jax.experimental")  # older versions
    with owner.enable_x64(True):
        yield


@contextmanager
def counting_dask(backend: Backend) -> Generator[None]:
    """Let Dask compute in this thread, and count its computations."""
    dask: Any = import_module("dask")

    def get(*args: Any, **kwargs: Any) -> Any:
        backend.computed += 1
        return dask.get(*args, **kwargs)

    with dask.config.set(scheduler=get):
        yield


CONTEXTS: dict[str, Callable[[Backend], Any]] = {"jax": jax_with_64_bits, "dask": counting_dask}


def backend_of(name: str) -> Backend:
    """Return the backend of a name. Raises SelectionError if the library or the device is missing."""
    library, _, device_name = name.partition(":")
    try:
        space = library_namespace(library)
    except (ImportError, ValueError) as error:
        raise SelectionError(f"--backend {name}: no array library {library!r} can be imported: {error}") from error
    info = getattr(space, "__array_namespace_info__", None)
    if info is None:
        raise SelectionError(f"--backend {name}: {library} is no namespace of the Array API standard")
    if not device_name:
        return Backend(name, space)
    devices: list[Any] = list(info().devices())
    matching = [device for device in devices if device_name in str(device)]
    if not matching:
        known = ", ".join(map(str, devices))
        raise SelectionError(f"--backend {name}: {library} has no device {device_name!r}; it has {known}")
    return Backend(name, space, matching[0])


def backends_of(text: str) -> tuple[Backend, ...]:
    """Return the backends, other than NumPy, of a comma-separated list. Raises SelectionError."""
    names = dict.fromkeys(name.strip() for name in text.split(","))
    return tuple(backend_of(name) for name in names if name != "numpy")


NUMPY = backend_of("numpy")
