"""A way that must be encrypted is not used when it is not, or when whoever answers is not who he should be."""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent_backend.storage import DatabaseManager, RedisStore, StoreUnavailable

BENCH = Path(__file__).parents[3] / "bench"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a way to a store over a port."""
    monkeypatch.syspath_prepend(str(BENCH))
    from _cancellation import DelayingProxy

    return lambda upstream: DelayingProxy(upstream, random.Random(1)).listening()


@pytest_asyncio.fixture
async def database_url(proxy: Any, migrated_database: Callable[[], str]) -> AsyncIterator[str]:
    parts = urlsplit(migrated_database())
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
    async with proxy(socket) as port:
        yield f"postgresql://postgres@127.0.0.1:{port}{parts.path}"


@pytest.mark.asyncio
async def test_a_database_that_must_be_encrypted_is_refused_without_it(database_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="SSL"):
        await DatabaseManager.open(f"{database_url}?sslmode=require")


@pytest.mark.asyncio
async def test_a_plain_way_is_told_for_what_it_is(database_url: str) -> None:
    database = await DatabaseManager.open(database_url)
    assert await database.encrypted() is False
    await database.close()


@pytest.mark.asyncio
async def test_a_redis_that_must_be_encrypted_is_refused_without_it(proxy: Any, redis_url: str) -> None:
    async with proxy(urlsplit(redis_url).path) as port:
        with pytest.raises(StoreUnavailable, match="AGENT_BACKEND_REDIS_URL"):
            await RedisStore.open(f"rediss://127.0.0.1:{port}")
        plain = await RedisStore.open(f"redis://127.0.0.1:{port}")
        await plain.close()


SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""By which a client of PostgreSQL asks for TLS, before anything else; any other request of this length is declined."""


def self_signed(folder: Path, name: str) -> Path:
    """A certificate for a host of this name, in one file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    return file


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def tls_before(upstream: str, certificate: Path) -> AsyncIterator[int]:
    """A port that speaks TLS as PostgreSQL does, and hands what it hears to a server without."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
                writer.write(b"N")
            writer.write(b"S")
            await writer.start_tls(context)
            server_reader, server_writer = await asyncio.open_unix_connection(upstream)
            await asyncio.gather(pour(reader, server_writer), pour(server_reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            await asyncio.gather(*(task for task in serving if task is not None))


@pytest.fixture
def verified(migrated_database: Callable[[], str], tmp_path: Path) -> Any:
    """Opens a database behind a certificate for one host, by the name `localhost`, trusting one certificate."""
    parts = urlsplit(migrated_database())
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"

    @contextlib.asynccontextmanager
    async def opened(certificate: Path, trusted: Path) -> AsyncIterator[DatabaseManager]:
        async with tls_before(socket, certificate) as port:
            asked = f"hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={trusted}"
            database = await DatabaseManager.open(f"postgresql://postgres@localhost:{port}{parts.path}?{asked}")
            try:
                yield database
            finally:
                await database.close()

    return opened


@pytest.mark.asyncio
async def test_a_database_that_proves_who_it_is_is_used_and_the_way_is_encrypted(verified: Any, tmp_path: Path) -> None:
    own = self_signed(tmp_path, "localhost")
    async with verified(own, own) as database:
        await database.ping()
        assert await database.encrypted() is True


@pytest.mark.asyncio
async def test_a_database_whose_certificate_nobody_vouches_for_is_refused(verified: Any, tmp_path: Path) -> None:
    stranger, trusted = self_signed(tmp_path, "localhost"), tmp_path / "trusted"
    trusted.mkdir()
    with pytest.raises(StoreUnavailable, match="certificate verify failed"):
        async with verified(stranger, self_signed(trusted, "localhost")):
            pass


@pytest.mark.asyncio
async def test_a_database_whose_certificate_is_another_hosts_is_refused(verified: Any, tmp_path: Path) -> None:
    other = self_signed(tmp_path, "other.example")
    with pytest.raises(StoreUnavailable, match=r"other\.example"):
        async with verified(other, other):
            pass
