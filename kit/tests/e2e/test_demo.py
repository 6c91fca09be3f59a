from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import psutil
import pytest

pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
DEADLINE = 300
TENANTS = ("acme", "globex", "initech")
PROMISES = 8 * len(TENANTS) + 3
DEMO = [sys.executable, "-m", "goldenpath", "demo"]
FIVE = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


@pytest.fixture
def place() -> Iterator[Path]:
    """Where the services of one demo live: nothing else is in it, and nothing may stay in it."""
    with tempfile.TemporaryDirectory(prefix="gp-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "s"


def start(place: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DEMO, "--plain", "--report", str(place.with_name("report.html")), *arguments],
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


def test_the_tenants_walk_the_golden_path_through_the_death_of_an_instance_and_every_promise_holds(
    place: Path,
) -> None:
    code, out, err = outcome(start(place))
    assert err == ""
    assert code == 0
    for tenant in TENANTS:
        told = [line.split()[2] for line in out.splitlines() if re.match(rf"  {tenant} +#", line)]
        assert told == FIVE * (len(told) // len(FIVE)), "one question more for each kill that hit nobody's run"
        assert len(told) >= 3 * len(FIVE)
    assert "Your goal of 20 % is reached." in " ".join(out.split())
    under_way = re.search(r"kill -9: (\d) of 3 runs were under way", out)
    assert under_way is not None
    resumed = re.findall(r"^  (\w+) +had event (\d+), got (\d+) to (\d+), done after [\d.]+ s$", out, re.MULTILINE)
    assert len(resumed) == int(under_way[1]) >= 1
    assert all(int(had) + 1 == int(first) <= int(last) for _, had, first, last in resumed)
    assert re.search(r"isolation: 12 cells between umbra and solaris, .*: 0 leaks", " ".join(out.split()))
    assert "audit: 15 of 15 planted sins found in 13 tests, 0 false alarms" in out
    assert f"{PROMISES} of {PROMISES} promises held" in out
    report = place.with_name("report.html")
    assert f"the report:\n{report}\n" in out
    assert f"{PROMISES} of {PROMISES} promises held" in report.read_text(encoding="utf-8")
    assert max(map(len, out.splitlines())) < 80
    assert gone(place)


def test_what_is_kept_answers_lets_its_user_in_and_is_ended_by_the_command_it_names(place: Path) -> None:
    code, out, err = outcome(start(place, "--keep"))
    assert err == ""
    assert code == 0
    page, tenant, email, password = kept(out)
    with urlopen(page) as answer:
        assert b"<html" in answer.read()
    account = json.dumps({"tenant": tenant, "email": email, "password": password}).encode()
    with urlopen(Request(f"{page}api/login", account, {"Content-Type": "application/json"})) as answer:
        assert json.load(answer)["access_token"]
    code, _, err = outcome(start(place, "--keep"))
    assert code == 5
    assert "a demo is kept already; end it first: goldenpath services down demo" in err
    assert "it runs until you say: goldenpath services down demo" in out
    down = [sys.executable, "-m", "goldenpath", "services", "down", "demo"]
    subprocess.run(down, env={**os.environ, "GOLDENPATH_SERVICES_DIR": str(place)}, check=True)
    assert gone(place)


def kept(out: str) -> tuple[str, str, str, str]:
    """The page and the login that a demo names."""
    page = re.search(r"^the page: (\S+)$", out, re.MULTILINE)
    login = re.search(r"^log in: tenant (\S+), (\S+), password (\S+)$", out, re.MULTILINE)
    assert page is not None
    assert login is not None
    return page[1], login[1], login[2], login[3]


def test_a_terminal_shows_a_table_that_fits_it(place: Path) -> None:
    program = f"import pty, sys; sys.exit(pty.spawn({DEMO!r}) >> 8)"
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
    assert shown.count("✓") == PROMISES
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
        ("runs die with their instance", "FAILED all      runs go on after kill -9 of their instance"),
        ("an event is lost", "went on with event 4, but the next after 2 is 3"),
        ("an event comes twice", "came again: 2 had arrived"),
        ("foreign runs are resumed", "FAILED all      the isolation matrix finds no leak"),
        ("Redis keeps what was asked", "FAILED all      the isolation matrix finds no leak"),
        ("the connection is lost", "closed with code 1011 while waiting for agent_completed or agent_error"),
    ],
)
def test_a_backend_that_breaks_a_promise_fails_the_demo_by_name(place: Path, lie: str, complaint: str) -> None:
    code, out, err = outcome(start(place, PYTHONPATH=str(HERE / "lying_backend"), LIE=lie))
    assert code == 1
    assert complaint in out + err
    assert "Traceback" not in out + err
    assert gone(place)


def test_a_backend_that_breaks_no_promise_passes_the_same_way_and_without_unicode(place: Path) -> None:
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(HERE / "lying_backend"), "LIE": "none"}
    code, out, err = outcome(start(place, **plain))
    assert err == ""
    assert code == 0
    assert f"{PROMISES} of {PROMISES} promises held" in out
    assert out.isascii()
    assert "starting postgres, redis and two instances of the reference backend ..." in out
    assert "\x1b" not in out


def test_a_report_that_cannot_be_written_is_a_usage_error_and_starts_nothing(place: Path) -> None:
    nowhere = place.with_name("nowhere")
    code, out, err = outcome(start(place, "--report", str(nowhere / "report.html")))
    assert (code, out) == (2, "")
    assert f"there is no folder {nowhere}" in err
    assert not place.exists()


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
@pytest.mark.parametrize("moment", ["starting postgres", "agent_started", "their instance is killed (-9)"])
def test_nothing_outlives_a_demo_that_is_stopped(place: Path, number: signal.Signals, moment: str) -> None:
    demo = start(place)
    until(demo, lambda text: moment in text)
    demo.send_signal(number)
    _, _, err = outcome(demo)
    assert "Traceback" not in err
    assert gone(place)
