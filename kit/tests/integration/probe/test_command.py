"""`goldenpath probe` as it is typed: its plan, its faces, its exit codes, its manners."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree as ET

import psutil
import pytest
import pytest_asyncio

from .commands import outcome, probe, start
from .sockets import SCENARIO, Service, service

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    path = tmp_path / "ours.toml"
    path.write_text(SCENARIO)
    return str(path)


@pytest_asyncio.fixture
async def good() -> AsyncIterator[str]:
    async with service() as (url, _):
        yield url


async def test_it_says_what_it_will_do_and_then_what_held(good: str, scenario: str) -> None:
    code, out, err = await probe(good, "--scenario", scenario)
    assert code == 0, out + err
    assert out.startswith(f"probe      ours at {good.replace('ws:', 'http:')}\n")
    assert "users      4 (2 tenants of 2), one connection each" in out
    assert "PB201  contract        held       11 of 11 runs" in out
    assert "HELD: all 17 checks that were asked for held" in out
    assert err.splitlines()[0] == "... 4 users log in, connect and ask"


async def test_a_terminal_of_80_columns_without_colour_or_unicode_is_enough(scenario: str) -> None:
    async with service("leaks", "lies", "loses") as (url, _):
        code, out, _ = await probe(url, "--scenario", scenario, PYTHONIOENCODING="ascii", NO_COLOR="1", TERM="dumb")
    assert code == 1
    assert out.isascii()
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) < 80
    assert "BROKEN: 4 of 17 checks did not hold: PB201, PB401, PB402, PB502" in out


async def test_one_probe_has_four_faces_that_agree(scenario: str, tmp_path: Path) -> None:
    xml, html = tmp_path / "probe.xml", tmp_path / "probe.html"
    async with service("lies") as (url, _):
        words = ("--scenario", scenario, "--json", "-", "--junit", str(xml), "--html", str(html), "--seed", "same")
        code, out, err = await probe(url, *words)
    told = json.loads(out)
    assert (code, told["verdict"]["code"], told["seed"]) == (1, 1, "same")
    (broken,) = [check for check in told["checks"] if check["state"] == "broken"]
    assert (broken["id"], broken["kept"], broken["tried"]) == ("PB201", 0, 11)
    assert "BROKEN: 1 of 17 checks" in err
    suite = ET.parse(xml).getroot()
    assert [suite.get(each) for each in ("tests", "failures", "errors", "skipped")] == ["24", "1", "0", "6"]
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == ["PB201 contract"]
    page = html.read_text()
    assert "1 of 17 checks did not hold: PB201" in page
    assert "EC302 not-open" in page


async def test_what_an_endpoint_says_is_mere_text_on_the_page_and_in_the_terminal(
    scenario: str, tmp_path: Path
) -> None:
    html = tmp_path / "probe.html"
    async with service("hostile") as (url, _):
        code, out, _ = await probe(url, "--scenario", scenario, "--html", str(html))
    assert (code, "EC103 unknown-type" in out) == (1, True)
    assert "<script>alert" not in html.read_text()
    assert "&lt;script&gt;alert" in html.read_text()
    assert not {"\x1b", "\x07"} & set(out)


async def test_a_host_that_is_not_ones_own_is_refused_before_anything_is_sent() -> None:
    code, out, err = await probe("wss://agents.example/ws")
    assert (code, out) == (2, "")
    assert "--i-own-this-host agents.example" in err
    code, _, err = await probe("wss://agents.example/ws", "--i-own-this-host", "other.example")
    assert code == 2
    code, out, _ = await probe("wss://agents.example/ws", "--i-own-this-host", "agents.example", "--plan")
    assert code == 0
    assert "agent-backend at https://agents.example/ws" in out


async def test_a_scenario_that_is_wrong_is_refused_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[ask]\nmessage = "hi"\n[load]\ntenants = 0\n')
    code, out, err = await probe("ws://127.0.0.1:9", "--scenario", str(path))
    assert (code, out) == (2, "")
    assert err == f"goldenpath probe: {path}, line 5: load.tenants should be an integer of 1 or more, not 0\n"


async def test_a_file_that_cannot_be_written_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    for option, path, told in (("--html", tmp_path, "it is a folder"), ("--json", tmp_path / "no" / "x", "no folder")):
        code, out, err = await probe("ws://127.0.0.1:9", option, str(path))
        assert (code, out) == (2, "")
        assert f"{path} cannot be written" in err
        assert told in err


async def test_the_help_fits_a_terminal_of_80_columns() -> None:
    code, out, _ = await probe("--help", COLUMNS="80")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80


async def test_a_load_beyond_the_limits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO.replace("rate = 20.0", "rate = 61.0"))
    code, _, err = await probe("ws://127.0.0.1:9", "--scenario", str(path))
    assert code == 2
    assert "the load asks for rate 61, limits.rate is 60" in err


async def test_the_file_to_start_from_is_a_scenario_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    code, out, _ = await probe("--write-scenario", str(path))
    assert code == 0
    assert f"goldenpath probe URL --scenario {path}" in out
    code, out, _ = await probe("ws://127.0.0.1:9", "--scenario", str(path), "--plan")
    assert code == 0
    assert out.startswith("probe      agent-backend at http://127.0.0.1:9\n")
    code, _, err = await probe("--write-scenario", str(path))
    assert code == 2
    assert "is there already" in err


async def test_the_scenarios_and_the_checks_are_listed() -> None:
    code, out, _ = await probe("--list")
    assert code == 0
    assert re.findall(r"^  (agent-backend|ag-ui) ", out, re.MULTILINE) == ["ag-ui", "agent-backend"]
    assert len(re.findall(r"^  PB\d{3} ", out, re.MULTILINE)) == 23


async def test_several_processes_bring_users_of_their_own_and_watch_each_others_marks(scenario: str) -> None:
    async with service() as (url, agents):
        code, out, err = await probe(url, "--scenario", scenario, "--processes", "3", "--json", "-")
    told = json.loads(out)
    assert code == 0, err
    assert (told["traffic"]["connections"], told["traffic"]["questions"]) == (12, 30)
    assert len(set(agents.owners.values())) == 12
    async with service("leaks") as (url, _):
        code, out, _ = await probe(url, "--scenario", scenario, "--processes", "2", "--json", "-")
    (canaries,) = [check for check in json.loads(out)["checks"] if check["id"] == "PB401"]
    assert canaries["state"] == "broken"


async def test_ctrl_c_tells_what_was_seen_until_then(scenario: str) -> None:
    async with service("mute") as (url, agents):
        process = start(url, "--scenario", scenario)
        await asked(agents)
        process.send_signal(signal.SIGINT)
        code, out, _ = await outcome(process)
    assert code == 130
    assert "PB103  handshake       held       4 of 4 handshakes" in out
    assert "the probe was interrupted: this is what it saw" in out


async def asked(agents: Service) -> None:
    async with asyncio.timeout(60):
        await agents.asked.wait()


async def test_a_process_that_is_lost_is_named_and_its_part_not_taken_for_held(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(SCENARIO.replace("answer_seconds = 60.0", "answer_seconds = 600.0"))
    async with service("mute to the second process") as (url, agents):
        process = start(url, "--scenario", str(path), "--processes", "2")
        async with asyncio.timeout(60):
            while len(agents.guests) < 8:
                await agents.entered.wait()
                agents.entered.clear()
        (other,) = psutil.Process(process.pid).children()
        other.kill()
        code, out, _ = await outcome(process)
    assert code == 3, out
    assert "PB202  answered        not shown  a process of the probe ended -9 without" in out
