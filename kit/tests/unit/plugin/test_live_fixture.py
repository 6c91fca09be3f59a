from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SUITE = """
def test_its_server(websocket_utility):
    assert websocket_utility(path="/chat").url == "ws://127.0.0.1:1/chat"

def test_its_own(websocket_utility):
    assert websocket_utility("ws://localhost:2").url == "ws://localhost:2/ws"
"""


def run(folder: Path, *options: str) -> str:
    (folder / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    answer = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    return answer.stdout + answer.stderr


def test_the_server_is_the_one_of_the_option_before_the_one_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\ngoldenpath_websocket_url = http://127.0.0.1:1\n")
    assert "2 passed" in run(tmp_path)
    assert "ws://127.0.0.1:3/chat" in run(tmp_path, "--websocket-url", "http://127.0.0.1:3")


def test_without_a_server_a_test_is_told_how_to_name_one(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    told = run(tmp_path)
    assert "1 failed, 1 passed" in told
    assert "needs a server: an argument, --websocket-url or the setting goldenpath_websocket_url" in told
