"""The way to PostgreSQL is encrypted or private, and one that is neither ours nor safe is not taken."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from agent_backend.storage import MigrationError, StoreUnavailable
from goldenpath import ServiceStack

pytestmark = pytest.mark.asyncio

FRONT = Path(__file__).parents[5] / "kit/tests/integration/services/tls_front.py"


def socket_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0]) / ".s.PGSQL.5432"


async def test_a_way_over_ssl_is_encrypted_and_its_certificate_is_checked(database_url: str, open_manager: Any) -> None:
    front = runpy.run_path(str(FRONT))
    certificate, place = front["CERTIFICATE"], urlsplit(database_url).path
    with front["tls_front"](socket_of(database_url), postgres=True) as port:
        secure = f"postgresql://postgres@localhost:{port}{place}?sslmode=verify-full&sslrootcert={certificate}"
        manager = await open_manager(secure)
        assert await manager.encrypted() is True
        await manager.close()
        with pytest.raises(StoreUnavailable, match="SSL required"):
            await open_manager(f"postgresql://postgres@localhost:{port}{place}?sslmode=disable")
        with pytest.raises(StoreUnavailable, match=r"certificate|SSL"):
            await open_manager(f"postgresql://postgres@localhost:{port}{place}?sslmode=verify-full")


async def test_a_server_on_a_private_socket_is_on_no_network_and_its_folder_is_closed(
    database_url: str, manager: Any
) -> None:
    async with manager.tenant("ten_a") as connection:
        asked = await connection.execute("SELECT inet_server_addr(), current_setting('listen_addresses')")
        assert await asked.fetchone() == (None, "")
    path = socket_of(database_url)
    assert path.is_socket()
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_a_connection_is_established_only_to_a_schema_that_is_ours_as_a_role_that_is_bound(
    own_stores: ServiceStack, new_database: Callable[[], str], open_manager: Any
) -> None:
    with pytest.raises(MigrationError, match="run: agent-backend migrate"):
        await open_manager(new_database())
    url = own_stores["postgres"].url
    with closing(psycopg.connect(url, autocommit=True)) as owner:
        owner.execute("ALTER ROLE agent_backend_app BYPASSRLS")
        with pytest.raises(MigrationError, match="may bypass row level security"):
            await open_manager(url)
        owner.execute("ALTER ROLE agent_backend_app NOBYPASSRLS")
    await (await open_manager(url)).ping()
    nobody = asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with await nobody as server:
        port = server.sockets[0].getsockname()[1]
    with pytest.raises(StoreUnavailable, match="AGENT_BACKEND_DATABASE_URL") as refused:
        await open_manager(f"postgresql://ada:hunter2@127.0.0.1:{port}/shop")
    assert "hunter2" not in str(refused.value)
