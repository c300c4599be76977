"""Random samples whose parameters carry gradients. Each op takes a `key`: the same key gives the same samples."""

# fmt: off
# isort: off
__all__: list[str] = []
# isort: on
# fmt: on
