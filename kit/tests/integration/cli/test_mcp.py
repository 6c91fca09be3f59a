from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]

SUITE = {
    "pyproject.toml": "[project]\nname = 'shop'\nversion = '1'\n",
    "tests/conftest.py": """
        import pytest

        @pytest.fixture
        def paid_order():
            'An order that has been paid for.'
    """,
    "tests/test_orders.py": """
        class TestOrders:
            def __init__(self):
                self.paid = True

            def test_paid(self):
                assert self.paid
    """,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in SUITE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return tmp_path


def contents(shop: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in shop.rglob("*.py")}


@asynccontextmanager
async def assistant(shop: Path) -> AsyncIterator[ClientSession]:
    """The official client, talking to the server in a process of its own."""
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "goldenpath", "mcp", "--in", str(shop)])
    async with stdio_client(parameters) as (reading, writing), ClientSession(reading, writing) as session:
        await session.initialize()
        yield session


async def answer(session: ClientSession, tool: str, **arguments: Any) -> str:
    result = await session.call_tool(tool, arguments)
    text = "".join(getattr(part, "text", "") for part in result.content)
    assert not result.is_error, text
    return text


async def refusal(session: ClientSession, tool: str, **arguments: Any) -> str:
    result = await session.call_tool(tool, arguments)
    assert result.is_error
    return "".join(getattr(part, "text", "") for part in result.content)


async def test_the_tools_say_what_they_do_and_that_they_only_read(shop: Path) -> None:
    async with assistant(shop) as session:
        tools = (await session.list_tools()).tools
    assert {tool.name for tool in tools} == {"find", "census", "audit", "explain_rule", "migrate_preview"}
    assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in tools)


async def test_an_assistant_is_told_what_the_terminal_tells(shop: Path) -> None:
    before = contents(shop)
    async with assistant(shop) as session:
        found = json.loads(await answer(session, "find", words="paid order", kind="fixture"))
        judged = json.loads(await answer(session, "audit", paths=["tests"]))
        counted = await answer(session, "census")
        explained = await answer(session, "explain_rule", rule="gp501")
        await answer(session, "migrate_preview")
    assert found["found"][0]["name"] == "paid_order"
    assert "GP501" in {finding["rule"] for finding in judged["findings"]}
    assert "__init__" in counted
    assert "GP501" in explained
    assert contents(shop) == before


async def test_what_lies_outside_the_project_or_is_an_option_is_refused(shop: Path) -> None:
    async with assistant(shop) as session:
        assert "is not below the project" in await refusal(session, "audit", paths=["/etc"])
        assert "is not below the project" in await refusal(session, "census", paths=["../elsewhere"])
        assert "looks like an option" in await refusal(session, "find", words="--in /etc")
        assert "GP999" in await refusal(session, "explain_rule", rule="GP999")
