"""Offer the toolkit's questions to coding assistants, over the Model Context Protocol on standard input and output.

Each tool is a command of `goldenpath`, run in the project as anybody would run it, so that an assistant is told exactly
what the terminal tells. Nothing here writes: a migration is only previewed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations

from goldenpath import __version__

INSTRUCTIONS: Final = (
    "Search first, create second: before writing a mock, a fixture, a contract, a service or an assertion for a test, "
    "ask `find` whether it exists. After writing tests, `census` says which of them never run, and `audit` which of "
    "them cannot fail."
)
PATIENCE: Final = 300.0
"""Seconds that a command may take."""


def server(root: Path) -> MCPServer[None]:
    """A server whose tools look at the project below `root`, and nowhere else."""
    made: MCPServer[None] = MCPServer("goldenpath", version=__version__, instructions=INSTRUCTIONS)
    tool = made.tool(annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))

    async def find(words: str, kind: str = "") -> str:
        """Find fixtures, doubles, base cases, assertions, contracts, services and helpers that exist already, in this
        project and in the toolkit. Kinds: fixture, double, case, assertion, contract, service, helper, api, command,
        rule."""
        return await _told(root, "find", *_plain(words.split()), "--json", *(["--kind", kind] if kind else []))

    async def census(paths: list[str] | None = None) -> str:
        """Count the tests that stand in the files, and name those that never run, with the reason for each."""
        return await _told(root, "census", "--json", *_below(root, paths))

    async def audit(paths: list[str] | None = None) -> str:
        """Judge the tests: which never run, which cannot fail, which doubles drifted or exist many times."""
        return await _told(root, "audit", "--format", "json", *_below(root, paths))

    async def explain_rule(rule: str) -> str:
        """Explain a rule of the audit (such as GP501): what it flags, why it is bad, and how to mend it."""
        return await _told(root, "audit", "--explain", *_plain([rule]))

    async def migrate_preview(paths: list[str] | None = None) -> str:
        """Show as a diff what `goldenpath migrate` would rewrite for certain; nothing is written."""
        return await _told(root, "migrate", "--dry-run", *_below(root, paths))

    for each in (find, census, audit, explain_rule, migrate_preview):
        tool(each)
    return made


async def _told(root: Path, *command: str) -> str:
    """What a command prints; what it refuses is refused here too."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "goldenpath",
        *command,
        cwd=root,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, complaint = await process.communicate()
    except TimeoutError:
        raise ToolError(f"goldenpath {command[0]} took more than {PATIENCE:g} s; name fewer paths") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if not told or process.returncode not in (0, 1):
        raise ToolError(complaint.decode(errors="replace").strip() or f"goldenpath {command[0]} said nothing")
    return told.decode(errors="replace")


def _plain(words: Sequence[str]) -> list[str]:
    """Words that are no options."""
    for word in words:
        if word.startswith("-"):
            raise ToolError(f"{word!r} looks like an option; give plain words")
    if not words:
        raise ToolError("there is nothing to look for; give at least one word")
    return list(words)


def _below(root: Path, paths: Sequence[str] | None) -> list[str]:
    """Paths of the project."""
    for path in paths or ():
        if path.startswith("-") or not (root / path).resolve().is_relative_to(root):
            raise ToolError(f"{path!r} is not below the project {root}")
    return list(paths or ())
