from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
DEADLINE = 120
FIVE = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


@pytest.fixture
def place() -> Iterator[Path]:
    """Where the services of one demo live: nothing else is in it, and nothing may stay in it."""
    with tempfile.TemporaryDirectory(prefix="gp-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "s"


def start(place: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "goldenpath", "demo", "--plain", *arguments],
        env={**os.environ, "GOLDENPATH_SERVICES_DIR": str(place), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def outcome(demo: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = demo.communicate(timeout=DEADLINE)
    return demo.returncode, out, err


def started_by(place: Path) -> list[psutil.Process]:
    """Every process whose arguments or environment name the place."""
    return [process for process in psutil.process_iter() if belongs(process, str(place))]


def belongs(process: psutil.Process, place: str) -> bool:
    try:
        if process.pid == os.getpid():
            return False
        return any(place in word for word in process.cmdline()) or place in process.environ().values()
    except psutil.Error:
        return False


def gone(place: Path) -> bool:
    """Whether nothing runs for the place and nothing is in it, within the grace of whoever clears up."""
    psutil.wait_procs(started_by(place), timeout=DEADLINE)
    return not started_by(place) and not [*place.glob("*")]


def until(demo: subprocess.Popen[str], line: Callable[[str], bool]) -> None:
    assert demo.stdout is not None
    assert any(line(text) for text in demo.stdout)


def test_two_tenants_walk_the_golden_path_at_once_and_every_promise_holds(place: Path) -> None:
    code, out, err = outcome(start(place))
    assert (code, err) == (0, "")
    for tenant in ("acme", "globex"):
        told = [line.split()[2] for line in out.splitlines() if line.startswith(f"  {tenant} ")]
        assert told == FIVE * 3
    assert " ".join(out.split()).count("Your goal of 20 % is reached.") == 2
    assert "14 of 14 promises held" in out
    assert gone(place)


def test_a_terminal_shows_a_table_that_fits_it(place: Path) -> None:
    program = f"import pty, sys; sys.exit(pty.spawn([{sys.executable!r}, '-m', 'goldenpath', 'demo']) >> 8)"
    environment = {**os.environ, "GOLDENPATH_SERVICES_DIR": str(place), "COLUMNS": "80", "TERM": "xterm"}
    demo = subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    code, out, _ = outcome(demo)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out)
    assert code == 0
    assert all(event in shown for event in FIVE)
    assert "✗" not in shown
    assert shown.count("✓") == 14
    assert max(len(line) for line in re.split(r"[\r\n]+", shown)) <= 80
    assert gone(place)


@pytest.mark.parametrize(
    ("lie", "complaint"),
    [
        ("nothing is stored", "FAILED acme     the answers are stored when the user comes back"),
        ("tickets work twice", "FAILED acme     the ticket works once"),
        ("foreign threads answer", "FAILED acme     nothing of another tenant was seen"),
        ("answers name other tenants", "FAILED acme     nothing of another tenant was seen"),
        ("savings that do not add up", "FAILED acme     the savings add up to the cent"),
        ("records get lost", "FAILED acme     every record was stored"),
        ("the run fails", "FAILED acme     the five events arrived in order"),
        ("a page instead of an answer", "POST /api/login answered 200 with no JSON: <h1>Welcome</h1>"),
        ("events out of order", "tool_executing may not follow agent_started"),
        ("the connection is lost", "closed with code 1011 while waiting for agent_completed or agent_error"),
    ],
)
def test_a_backend_that_breaks_a_promise_fails_the_demo_by_name(place: Path, lie: str, complaint: str) -> None:
    code, out, err = outcome(start(place, PYTHONPATH=str(HERE / "lying_backend"), LIE=lie))
    assert code == 1
    assert complaint in out + err
    assert "Traceback" not in out + err
    assert gone(place)


def test_a_backend_that_breaks_no_promise_passes_the_same_way(place: Path) -> None:
    code, out, err = outcome(start(place, PYTHONPATH=str(HERE / "lying_backend"), LIE="none"))
    assert (code, err) == (0, "")
    assert "14 of 14 promises held" in out


def test_a_port_that_is_taken_is_named_and_nothing_stays(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = outcome(start(place, "--port", str(port)))
    assert code == 5
    assert f"cannot listen on 127.0.0.1:{port}" in err
    assert "Traceback" not in out + err
    assert gone(place)


def test_a_place_that_cannot_be_written_is_named_with_the_setting_that_mends_it(place: Path) -> None:
    place.write_text("a file where the folder should be")
    code, _, err = outcome(start(place))
    assert code == 5
    assert "GOLDENPATH_SERVICES_DIR" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--prot", "1"], ["--port", "many"], ["--port", "70000"], ["extra"]])
def test_a_wrong_word_is_a_usage_error_and_starts_nothing(place: Path, arguments: list[str]) -> None:
    code, out, err = outcome(start(place, *arguments))
    assert (code, out) == (2, "")
    assert "usage: goldenpath demo" in err
    assert not place.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", ["starting postgres", "agent_started"])
def test_nothing_outlives_a_demo_that_is_stopped(place: Path, number: signal.Signals, moment: str) -> None:
    demo = start(place)
    until(demo, lambda text: moment in text)
    demo.send_signal(number)
    _, _, err = outcome(demo)
    assert "Traceback" not in err
    assert gone(place)
