"""What a statement answered, read as SQLAlchemy's results are: once, and synchronously."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.kinds.imported import imported


@runtime_checkable
class Result(Protocol):
    """The rows of one answer."""

    @property
    def rowcount(self) -> int: ...
    def keys(self) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchmany(self, size: int | None = None) -> Any: ...
    def fetchall(self) -> Any: ...
    def all(self) -> Any: ...
    def first(self) -> Any: ...
    def one(self) -> Any: ...
    def one_or_none(self) -> Any: ...
    def scalar(self) -> Any: ...
    def scalar_one(self) -> Any: ...
    def scalar_one_or_none(self) -> Any: ...
    def scalars(self, index: int = 0) -> Any: ...
    def mappings(self) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...


class Rows:
    """Rows that are handed out once, in order."""

    __slots__ = ("_columns", "_left", "_whole", "rowcount")

    def __init__(self, rows: Sequence[Any], columns: Sequence[str] = ()) -> None:
        self._left = iter(list(rows))
        self._columns = tuple(columns)
        self.rowcount = len(rows)

    def keys(self) -> Sequence[str]:
        return self._columns

    def __iter__(self) -> Iterator[Any]:
        return self._left

    def fetchone(self) -> Any:
        return next(self._left, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return list(islice(self._left, size or 1))

    def fetchall(self) -> list[Any]:
        return list(self._left)

    all = fetchall

    def first(self) -> Any:
        rows = self.fetchall()
        return rows[0] if rows else None

    def one(self) -> Any:
        return self._only(required=True)

    def one_or_none(self) -> Any:
        return self._only(required=False)

    def scalar(self) -> Any:
        return _first_of(self.first())

    def scalar_one(self) -> Any:
        return _first_of(self.one())

    def scalar_one_or_none(self) -> Any:
        return _first_of(self.one_or_none())

    def scalars(self, index: int = 0) -> Rows:
        return Rows([row[index] for row in self.fetchall()])

    def mappings(self) -> Rows:
        return Rows([dict(zip(self._columns, row, strict=True)) for row in self.fetchall()], self._columns)

    def _only(self, *, required: bool) -> Any:
        rows = self.fetchall()
        if len(rows) > 1:
            raise imported("sqlalchemy.exc", "MultipleResultsFound", LookupError)("several rows where one was required")
        if required and not rows:
            raise imported("sqlalchemy.exc", "NoResultFound", LookupError)("no row where one was required")
        return rows[0] if rows else None


def _first_of(row: Any) -> Any:
    return None if row is None else row[0]
