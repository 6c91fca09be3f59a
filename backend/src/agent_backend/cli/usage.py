"""Import a file of usage records, or fill ClickHouse again with what PostgreSQL has."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import secrets
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from agent_backend.cli.configuration import add_config_option
from agent_backend.cli.deployment import database_url, deployment
from agent_backend.cli.output import write_event
from agent_backend.cli.refusal import Refusal
from agent_backend.config import UnifiedConfigManager
from agent_backend.context import Principal, SystemClock, UnifiedIDManager
from agent_backend.storage import (
    AccountStore,
    ClickHouse,
    DatabaseManager,
    ImportOvertaken,
    ImportProgress,
    UsageAnalytics,
    UsageImports,
    UsageStore,
    backfill,
)
from agent_backend.usage import HeaderRefused
from agent_backend.web import FileImport

EXIT_WHOLE: Final = 0
EXIT_BROKEN_LINES: Final = 1
PIECE: Final = 1 << 16
SHOWN: Final = 20
"""Broken lines that are printed; the others are counted."""


def configure(parser: argparse.ArgumentParser) -> None:
    """`usage import` and `usage sync`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    load = actions.add_parser("import", help="import a CSV file of usage records", allow_abbrev=False)
    add_config_option(load)
    load.add_argument("file", type=Path, help="the CSV file")
    load.add_argument("--tenant", required=True, help="name of the tenant")
    load.add_argument("--email", required=True, help="the user on whose behalf it is imported")
    load.add_argument("--again", action="store_true", help="import it even if this very file was imported before")
    sync = actions.add_parser("sync", help="fill ClickHouse with the facts of a tenant", allow_abbrev=False)
    add_config_option(sync)
    sync.add_argument("--tenant", required=True, help="name of the tenant")


def run(options: argparse.Namespace) -> int:
    """Do it and say how many; 1 when some lines of a file were broken."""
    if options.action == "sync":
        with deployment(options) as found:
            return asyncio.run(_sync(found.config, options.tenant))
    try:
        fingerprint = _fingerprint(options.file)
    except OSError as error:
        raise Refusal(f"{options.file} cannot be read: {error.strerror}") from None
    with database_url(options) as url:
        return asyncio.run(_import(url, options, secrets.token_hex(16) if options.again else fingerprint))


async def _import(url: str, options: argparse.Namespace, import_id: str) -> int:
    database = await DatabaseManager.open(url)
    try:
        account = await AccountStore(database).find(options.tenant.lower(), options.email.lower())
        if account is None:
            raise Refusal(f"there is no user {options.email} in a tenant {options.tenant!r}")
        usage = UsageStore(database, UnifiedIDManager(SystemClock()))
        work = FileImport(UsageImports(database, usage), Principal(account.tenant_id, account.user_id))
        progress = await work.run(import_id, _pieces(options.file))
    except HeaderRefused as refused:
        raise Refusal(f"{options.file}: {refused}") from None
    except ImportOvertaken:
        raise Refusal(f"{options.file} is being imported by another, or was imported by another user") from None
    finally:
        await database.close()
    return _report(options.file, progress, work)


def _report(file: Path, progress: ImportProgress, work: FileImport) -> int:
    for broken in work.errors[:SHOWN]:
        sys.stderr.write(f"{file}, line {broken.line}: {broken.problem}\n")
    if work.broken > SHOWN:
        sys.stderr.write(f"{file}: {work.broken - SHOWN} more lines are broken\n")
    write_event("imported", lines=progress.lines, stored=progress.stored, broken=progress.broken)
    return EXIT_BROKEN_LINES if progress.broken else EXIT_WHOLE


async def _sync(config: UnifiedConfigManager, tenant: str) -> int:
    settings = config.get_config()
    if settings.clickhouse.url is None:
        raise Refusal("there is no ClickHouse to fill; set AGENT_BACKEND_CLICKHOUSE_URL")
    database = await DatabaseManager.open(settings.database.url.get_secret_value())
    clickhouse = ClickHouse(settings.clickhouse.url.get_secret_value())
    try:
        tenant_id = await AccountStore(database).tenant_id(tenant.lower())
        if tenant_id is None:
            raise Refusal(f"there is no tenant {tenant!r}")
        sent = await backfill(database, UsageAnalytics(clickhouse), tenant_id)
    finally:
        await clickhouse.close()
        await database.close()
    write_event("synchronised", facts=sent)
    return EXIT_WHOLE


async def _pieces(file: Path) -> AsyncIterator[bytes]:
    with file.open("rb") as content:
        while piece := content.read(PIECE):
            yield piece


def _fingerprint(file: Path) -> str:
    """The file itself is the id of its import: the second time nothing is stored, a cut-off import goes on."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:40]
