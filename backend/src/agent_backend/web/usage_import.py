"""The route that takes a whole file of usage records, line by line while it arrives."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Final

from pydantic import StringConstraints, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Kind, Permission, Principal
from agent_backend.storage import ImportProgress, UsageImports
from agent_backend.usage import BrokenLine, HeaderRefused, UsageCsvReader, UsageRecord
from agent_backend.web.failures import InvalidRequest
from agent_backend.web.requests import caller, services

BATCH: Final = 1000
FILE_LIMIT: Final = 256 << 20
NAMED_ERRORS: Final = 10_000
"""Broken lines beyond this many are counted, no longer named: the answer stays small whatever is sent."""

logger = logging.getLogger(__name__)

_ID: Final = TypeAdapter(Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")])


async def add(request: Request) -> Response:
    """Import a CSV; the same `?id=` goes on where an import that was cut off had stopped."""
    owner = caller(request, Permission.WRITE_USAGE)
    work = FileImport(services(request).imports, owner)
    try:
        progress = await work.run(_import_id(request), _pieces(request))
    except HeaderRefused as refused:
        raise InvalidRequest(str(refused)) from None
    except ClientDisconnect:
        logger.info("an import was cut off; it can go on where it stopped")
        return Response(status_code=400)
    named = [asdict(broken) for broken in work.errors]
    return JSONResponse({**asdict(progress), "errors": named, "not_named": work.broken - len(named)}, 201)


async def progress(request: Request) -> Response:
    """How far an import is."""
    owner, import_id = caller(request, Permission.WRITE_USAGE), request.path_params["import_id"]
    found = await services(request).imports.find(owner, import_id)
    if found is None:
        raise HTTPException(404)
    return JSONResponse(asdict(found))


class FileImport:
    """The work on one import; holds one batch and the named errors, whatever the size of the file."""

    def __init__(self, imports: UsageImports, owner: Principal) -> None:
        self.errors: list[BrokenLine] = []
        self.broken = 0
        self._imports = imports
        self._owner = owner
        self._reader = UsageCsvReader()
        self._records: list[UsageRecord] = []
        self._broken_in_batch = 0

    async def run(self, import_id: str, pieces: AsyncIterator[bytes]) -> ImportProgress:
        """Read the file through; lines that were stored before are passed over."""
        progress: ImportProgress | None = None
        async for piece in pieces:
            for item in self._reader.feed(piece):
                progress = progress or await self._imports.begin(self._owner, import_id)
                progress = await self._take(progress, item)
        last = [*self._reader.finish()]
        progress = progress or await self._imports.begin(self._owner, import_id)
        for item in last:
            progress = await self._take(progress, item)
        return progress if progress.finished else await self._store(progress, finished=True)

    async def _take(self, progress: ImportProgress, item: UsageRecord | BrokenLine) -> ImportProgress:
        new = self._reader.lines > progress.lines and not progress.finished
        if isinstance(item, BrokenLine):
            self.broken += 1
            if len(self.errors) < NAMED_ERRORS:
                self.errors.append(item)
            self._broken_in_batch += new
        elif new:
            self._records.append(item)
        return await self._store(progress) if len(self._records) >= BATCH else progress

    async def _store(self, progress: ImportProgress, *, finished: bool = False) -> ImportProgress:
        records, self._records = self._records, []
        broken, self._broken_in_batch = self._broken_in_batch, 0
        lines = self._reader.lines
        return await self._imports.advance(self._owner, progress, lines, records, broken, finished=finished)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > FILE_LIMIT:
            raise InvalidRequest(f"the file is larger than {FILE_LIMIT >> 20} MiB; send it in parts", 413)
        yield piece


def _import_id(request: Request) -> str:
    given = request.query_params.get("id")
    if given is None:
        return services(request).ids.new(Kind.USAGE)
    try:
        return _ID.validate_python(given)
    except ValidationError:
        raise InvalidRequest("id: 1 to 64 letters, digits, _ or -") from None
