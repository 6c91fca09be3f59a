"""The fixture for live sockets: utilities whose clients all have to be closed when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from goldenpath.live import WebSocketTestUtility

URL: Final = "goldenpath_websocket_url"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(URL, "the server of the websocket_utility fixture, where a test names none")
    group = parser.getgroup("goldenpath")
    group.addoption("--websocket-url", metavar="URL", help="the same, for this run")


@pytest.fixture
def websocket_utility(pytestconfig: pytest.Config) -> Iterator[Callable[..., WebSocketTestUtility]]:
    """Makes a WebSocketTestUtility: `websocket_utility(app, contract=…)`; a client left open fails the test."""
    from goldenpath.live import WebSocketTestUtility

    made: list[WebSocketTestUtility] = []

    def make(server: Any = None, **options: Any) -> WebSocketTestUtility:
        server = server or pytestconfig.getoption("--websocket-url") or pytestconfig.getini(URL)
        if not server:
            pytest.fail(f"websocket_utility needs a server: an argument, --websocket-url or the setting {URL}")
        made.append(WebSocketTestUtility(server, **options))
        return made[-1]

    yield make
    left = [repr(client) for utility in made for client in utility.open_clients]
    if left:
        pytest.fail(f"left open, so that their errors were never told: {', '.join(left)}; use 'async with'")
