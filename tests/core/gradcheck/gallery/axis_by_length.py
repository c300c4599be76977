"""An axis that is told by its length, of which a square has two."""

from mutorch_core import Array, op


@op("acme::add_to_rows")
def add_to_rows(matrix: Array, row: Array, /) -> Array:
    if matrix.ndim != 2 or row.shape != matrix.shape[1:]:
        raise ValueError("a matrix, and a row as long as it is wide")
    return matrix + row


@add_to_rows.vjp("matrix")
def _(g):
    return g


@add_to_rows.vjp("row")
def _(g, row, xp):
    along = g.shape.index(row.shape[0])
    return xp.sum(g, axis=1 - along)


@add_to_rows.samples
def _(draw, strategies, Sample):
    high, wide = draw(strategies.sides()), draw(strategies.sides())
    return Sample(draw(strategies.array((high, wide))), draw(strategies.array((wide,))))
