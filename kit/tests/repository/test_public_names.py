from __future__ import annotations

import ast
import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import goldenpath

REPOSITORY = Path(__file__).parents[3]

PROMISED = {
    "environment": "get_env IsolatedEnvironment SecretLoader",
    "doubles": "double SSotMockFactory get_mock_factory verify_doubles",
    "contracts": "EventContract GOLDEN_PATH AG_UI",
    "simulation": "Simulation simulate Network sometimes",
    "websocket": (
        "MockWebSocketManager MockConfiguration MockBehaviorMode LegacyMockWebSocketManager WebSocketAssertions "
        "simulate_agent_execution_flow simulate_concurrent_agents simulate_network_issues simulate_high_load"
    ),
    "testcase": "SSotBaseTestCase SSotAsyncTestCase",
    "services": "ServiceStack",
    "services.docker": "UnifiedDockerManager DockerTestUtility",
    "databases": "DatabaseTestUtility",
    "live": "WebSocketTestUtility",
    "tenancy": "TenantMatrix Canary LeakReport",
    "runner": "UnifiedTestRunner",
    "audit": "migrate_legacy_mock_usage",
}
"""The fixed public names, by the room that owns them."""

PAGES = "".join(page.read_text() for page in [REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md")])
SHOWN = "\n".join(re.findall(r"^```python\n.*?^```$|`[^`\n]+`", PAGES, re.MULTILINE | re.DOTALL))
"""What the pages show as code."""

NAMES = [(room, name) for room, names in PROMISED.items() for name in names.split()]
STANDING = [(room, name) for room, name in NAMES if find_spec(f"goldenpath.{room}")]


@pytest.mark.parametrize(("room", "name"), STANDING)
def test_a_promised_name_of_a_room_that_stands_is_re_exported_lazily(room: str, name: str) -> None:
    assert name in goldenpath.__all__
    assert getattr(goldenpath, name) is getattr(import_module(f"goldenpath.{room}"), name)


@pytest.mark.parametrize("name", [name for name in goldenpath.__all__ if name != "__version__"])
def test_a_re_exported_name_is_documented(name: str) -> None:
    thing = getattr(goldenpath, name)
    assert (thing.__doc__ or "").strip()
    assert re.search(rf"\b{name}\b", SHOWN)


def test_type_checkers_see_the_same_names_as_the_interpreter() -> None:
    tree = ast.parse(Path(goldenpath.__file__).read_text())
    seen = {
        alias.asname: node.module
        for guard in ast.walk(tree)
        if isinstance(guard, ast.If)
        for node in guard.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("goldenpath.")
        for alias in node.names
    }
    assert seen == goldenpath._HOME


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'; it offers: __version__"):
        goldenpath.nonsense  # noqa: B018
