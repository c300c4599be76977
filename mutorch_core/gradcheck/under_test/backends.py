"""The array libraries that ops are run on: how values come to each, and back to NumPy.

A backend is named as on the command line: `torch`, `jax`, or `torch:cuda` for a device of it. What a library must be
told to be comparable, it is told only while a check runs: JAX to have 64 bits, Dask to compute in this thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from importlib import import_module
from typing import Any

import attrs
import numpy as np

from mutorch_core.gradcheck.failures import SelectionError
from mutorch_core.gradcheck.value_types import is_array, is_dtype, is_scalar, is_several
from mutorch_core.placing import on_host
from mutorch_core.values import library_name, library_space

__all__ = ["NUMPY", "Backend", "backends_of", "map_arrays"]


def map_arrays(value: Any, make: Callable[[Any], Any]) -> Any:
    """A value with `make` applied to every NumPy array in it, also inside tuples and lists."""
    if is_several(value):
        items = [map_arrays(item, make) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return make(np.asarray(value)) if is_array(value) or is_scalar(value) else value


@attrs.define(eq=False, slots=False)
class Backend:
    """An array library and a device of it, the library's own choice where that is None.

    `halved` says whether a chunked library gets each axis in two chunks, or every array as one. `computed` counts how
    often a lazy library has computed something.
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
        """The ways in which arrays can lie in this library: in several chunks and in one, where it has chunks."""
        return (self, attrs.evolve(self, two_chunks=False)) if self.library == "dask" else (self,)

    def session(self) -> Any:
        """The context in which this library is comparable with NumPy."""
        opened = CONTEXTS.get(self.library)
        return nullcontext() if opened is None else opened(self)

    def array(self, array: Any) -> Any:
        """A NumPy array as one of this library's."""
        if self.library == "numpy":
            return array
        converted = self.space.asarray(np.array(array, order="C"), device=self.device)
        if self.library == "dask" and self.two_chunks and converted.ndim:
            return converted.rechunk(tuple(max(1, (side + 1) // 2) for side in converted.shape))
        return converted

    def parameter(self, value: Any) -> Any:
        """A static parameter: a dtype as this library's, anything else as it is."""
        return getattr(self.space, np.dtype(value).name) if is_dtype(value) else value

    def owns(self, value: Any) -> bool:
        """Whether a value is an array of this library, on this device, and outside of its own autograd."""
        array_type: Any = self.space.zeros(()).__class__
        on_device = self.device is None or str(getattr(value, "device", None)) == str(self.device)
        return isinstance(value, array_type) and on_device and not getattr(value, "requires_grad", False)

    def to_numpy(self, array: Any) -> Any:
        """An array of this library as NumPy's."""
        return on_host(array)


@contextmanager
def jax_with_64_bits(_: Backend) -> Generator[None]:
    """JAX with 64 bits, in this thread and for a while."""
    jax: Any = import_module("jax")
    owner = jax if hasattr(jax, "enable_x64") else import_module("jax.experimental")  # where older ones have it
    with owner.enable_x64(True):
        yield


@contextmanager
def counting_dask(backend: Backend) -> Generator[None]:
    """Dask computing in this thread, each time counted."""
    dask: Any = import_module("dask")

    def get(*args: Any, **kwargs: Any) -> Any:
        backend.computed += 1
        return dask.get(*args, **kwargs)

    with dask.config.set(scheduler=get):
        yield


CONTEXTS: dict[str, Callable[[Backend], Any]] = {"jax": jax_with_64_bits, "dask": counting_dask}


def backend_of(name: str) -> Backend:
    """The backend of a name. Raises SelectionError where no such library or device is there."""
    library, _, device_name = name.partition(":")
    try:
        space = library_space(library)
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
    """The backends beyond NumPy that a comma-separated list of names asks for, each once. Raises SelectionError."""
    names = dict.fromkeys(name.strip() for name in text.split(","))
    return tuple(backend_of(name) for name in names if name != "numpy")


NUMPY = backend_of("numpy")
