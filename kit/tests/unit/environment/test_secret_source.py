"""One suite for every source of secrets: what is there, what is not, what is empty, what is denied."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import grpc
import pytest
from google.cloud.secretmanager import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport
from google.cloud.secretmanager_v1.types import AccessSecretVersionRequest, AccessSecretVersionResponse

from goldenpath.environment import (
    DirectorySource,
    EnvFileError,
    EnvironmentFault,
    EnvironmentSource,
    FileSource,
    GoogleSecretManager,
    IsolatedEnvironment,
    MissingExtra,
    SecretSource,
    ServiceAccountSource,
)

HELD = {"TOKEN": "value, with = and 'quotes'", "EMPTY": "", "LINES": "one\ntwo"}
NOBODY = 65534


class Vault:
    """A vault in a dictionary."""

    identity = "robot@shop"

    def __init__(self, held: Mapping[str, str]) -> None:
        self._held = held

    def access(self, key: str) -> bytes | None:
        if key == "DENIED":
            raise PermissionError(key)
        return self._held[key].encode() if key in self._held else None


class SecretManager(grpc.GenericRpcHandler):  # type: ignore[misc]
    """The one call of Google's service that reads a secret, answered over a real socket."""

    PATH = "/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion"

    def __init__(self, held: Mapping[str, str]) -> None:
        self._held = held

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        if call.method != self.PATH:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self.answer,
            request_deserializer=AccessSecretVersionRequest.deserialize,
            response_serializer=AccessSecretVersionResponse.serialize,
        )

    def answer(self, request: AccessSecretVersionRequest, context: grpc.ServicerContext) -> AccessSecretVersionResponse:
        _, project, _, key, _, version = request.name.split("/")
        if key == "DENIED":
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")
        if (project, version) != ("shop", "latest") or key not in self._held:
            context.abort(grpc.StatusCode.NOT_FOUND, "no")
        return AccessSecretVersionResponse(payload={"data": self._held[key].encode()})


def environment(folder: Path, stack: ExitStack) -> SecretSource:
    return EnvironmentSource(IsolatedEnvironment(dict(HELD)))


def directory(folder: Path, stack: ExitStack) -> SecretSource:
    for key, value in HELD.items():
        (folder / key).write_text(value + "\n")
    return DirectorySource(folder)


def file(folder: Path, stack: ExitStack) -> SecretSource:
    (folder / "secrets.env").write_text("".join(f'{key}="{value}"\n' for key, value in HELD.items()))
    return FileSource(folder / "secrets.env")


def service_account(folder: Path, stack: ExitStack) -> SecretSource:
    return ServiceAccountSource(Vault(HELD))


def google(folder: Path, stack: ExitStack) -> SecretSource:
    server = grpc.server(stack.enter_context(ThreadPoolExecutor(1)))
    server.add_generic_rpc_handlers([SecretManager(HELD)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stack.callback(lambda: server.stop(None).wait())
    channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))
    client = SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))
    return ServiceAccountSource(GoogleSecretManager("shop", client=client, account="robot@shop"), name="vault")


MAKERS: list[Callable[[Path, ExitStack], SecretSource]] = [environment, directory, file, service_account, google]


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SecretSource]:
    with ExitStack() as stack:
        yield request.param(tmp_path, stack)


@pytest.mark.parametrize("key", HELD)
def test_what_is_there_is_read_as_it_is(source: SecretSource, key: str) -> None:
    assert source.read(key) == HELD[key]


def test_what_is_not_there_is_none_and_not_an_empty_string(source: SecretSource) -> None:
    assert source.read("ABSENT") is None


def test_a_source_has_a_name_and_says_who_asks(source: SecretSource) -> None:
    assert isinstance(source, SecretSource)
    assert source.name
    assert source.identity


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may read everything, so it steps down for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("maker", [directory, file])
def test_a_file_that_this_user_may_not_read_is_denied(
    tmp_path: Path, maker: Callable[[Path, ExitStack], SecretSource]
) -> None:
    source = maker(tmp_path, ExitStack())
    for path in tmp_path.iterdir():
        path.chmod(0)
    with unprivileged(), pytest.raises(PermissionError):
        source.read("TOKEN")


@pytest.mark.parametrize("maker", [service_account, google])
def test_a_secret_that_the_account_may_not_read_is_denied(
    tmp_path: Path, maker: Callable[[Path, ExitStack], SecretSource]
) -> None:
    with ExitStack() as stack, pytest.raises(PermissionError):
        maker(tmp_path, stack).read("DENIED")


@pytest.mark.parametrize("maker", [directory, file])
def test_what_is_mounted_nowhere_holds_nothing(
    tmp_path: Path, maker: Callable[[Path, ExitStack], SecretSource]
) -> None:
    source = maker(tmp_path, ExitStack())
    for path in tmp_path.iterdir():
        path.unlink()
    assert source.read("TOKEN") is None


def test_the_identity_is_the_effective_user() -> None:
    with unprivileged():
        assert DirectorySource("/run/secrets").identity.startswith(f"uid {os.geteuid()}")


@pytest.mark.parametrize("key", ["", "..", "../TOKEN", "a/b", "/etc/passwd"])
def test_a_directory_is_never_left(tmp_path: Path, key: str) -> None:
    with pytest.raises(EnvironmentFault, match="is not the name of a file in"):
        DirectorySource(tmp_path).read(key)


def test_a_file_that_cannot_be_understood_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("A=1\nB\n")
    with pytest.raises(EnvFileError, match=r"secrets\.env:2"):
        FileSource(tmp_path / "secrets.env").read("A")


def test_without_its_package_the_google_vault_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "google.cloud.secretmanager", None)
    with pytest.raises(MissingExtra, match=r"pip install 'goldenpath\[gcp\]'"):
        GoogleSecretManager("shop")
