"""The command as a process, waited for beside the loop in which the server runs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys


def start(*words: str, **variables: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "goldenpath", "probe", *words]
    pipe, environment = subprocess.PIPE, {**os.environ, **variables}
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment)


async def outcome(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How it ended."""
    out, err = await asyncio.to_thread(process.communicate)
    return process.returncode, out, err


async def probe(*words: str, **variables: str) -> tuple[int, str, str]:
    """Start it, and wait for its end."""
    return await outcome(start(*words, **variables))
