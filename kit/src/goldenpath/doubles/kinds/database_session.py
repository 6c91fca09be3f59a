"""An async database session, in the shape of SQLAlchemy's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.kinds.imported import imported
from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.kinds.query_result import Result, Rows


@runtime_checkable
class DatabaseSession(Protocol):
    """A unit of work; its transaction begins with the first statement."""

    async def execute(
        self, statement: Any, params: Any = None, *, execution_options: Any = None, bind_arguments: Any = None
    ) -> Result: ...
    async def scalar(
        self, statement: Any, params: Any = None, *, execution_options: Any = None, bind_arguments: Any = None
    ) -> Any: ...
    async def scalars(
        self, statement: Any, params: Any = None, *, execution_options: Any = None, bind_arguments: Any = None
    ) -> Any: ...
    async def get(self, entity: Any, ident: Any) -> Any: ...
    async def delete(self, instance: Any) -> None: ...
    async def flush(self, objects: Sequence[Any] | None = None) -> None: ...
    async def refresh(self, instance: Any, attribute_names: Iterable[str] | None = None) -> None: ...
    async def commit(self) -> None: ...
    async def rollback(self) -> None: ...
    async def close(self) -> None: ...
    def add(self, instance: Any) -> None: ...
    def add_all(self, instances: Iterable[Any]) -> None: ...
    def begin(self) -> Any: ...
    def in_transaction(self) -> bool: ...
    async def __aenter__(self) -> Any: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Behaviour:
    """Answers every statement with the rows it was told, at first none."""

    __slots__ = ("_answer", "_in_transaction")

    def __init__(self) -> None:
        self._answer: tuple[list[Sequence[Any]], tuple[str, ...]] = ([], ())
        self._in_transaction = False

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        self._in_transaction = True
        return Rows(*self._answer)

    async def scalar(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params)).scalar()

    async def scalars(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return (await self.execute(statement, params)).scalars()

    async def get(self, entity: Any, ident: Any) -> Any:
        return await self.scalar(None)

    async def delete(self, instance: Any) -> None:
        self._in_transaction = True

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        return None

    async def refresh(self, instance: Any, attribute_names: Iterable[str] | None = None) -> None:
        self._in_transaction = True

    async def commit(self) -> None:
        self._in_transaction = False

    async def rollback(self) -> None:
        self._in_transaction = False

    async def close(self) -> None:
        self._in_transaction = False

    def add(self, instance: Any) -> None:
        self._in_transaction = True

    def add_all(self, instances: Iterable[Any]) -> None:
        self._in_transaction = True

    def in_transaction(self) -> bool:
        return self._in_transaction

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def begin(self) -> Transaction:
        return Transaction(self)


def answer(behaviour: Behaviour, rows: Iterable[Sequence[Any]], columns: Sequence[str]) -> None:
    """From now on answer every statement with these rows."""
    behaviour._answer = (list(rows), tuple(columns))


class Transaction:
    """A block that commits what is done in it, or rolls it back when an error leaves it."""

    __slots__ = ("_session",)

    def __init__(self, session: Behaviour) -> None:
        self._session = session

    async def __aenter__(self) -> Transaction:
        if self._session.in_transaction():
            error = imported("sqlalchemy.exc", "InvalidRequestError", RuntimeError)
            raise error("A transaction is already begun on this session.")
        self._session._in_transaction = True
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        await (self._session.commit() if kind is None else self._session.rollback())


KIND = Kind("database_session", DatabaseSession)
