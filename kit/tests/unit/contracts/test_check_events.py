from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from goldenpath.cli import main

GOOD = [
    {"type": "agent_started", "run_id": "r", "payload": {"task": "x"}},
    {"type": "agent_error", "run_id": "r", "payload": {"code": "c", "message": "m", "retryable": False}},
]
Capture = Callable[[str | bytes], str]


@pytest.fixture
def capture(tmp_path: Path) -> Capture:
    def write(content: str | bytes) -> str:
        path = tmp_path / "capture"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def json_lines(events: Iterable[Any]) -> str:
    return "".join(f"{json.dumps(event)}\n" for event in events)


def server_sent(events: Iterable[Any]) -> str:
    return "".join(f"event: message\ndata: {json.dumps(event)}\n\n" for event in events)


@pytest.mark.parametrize("written", [json_lines, server_sent])
def test_a_good_capture_ends_0(
    capture: Capture, written: Callable[[Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check-events", capture(written(GOOD))]) == 0
    assert capsys.readouterr().out.startswith(
        "golden-path: ok\nscore 1.000 (3 of 3 obligations kept, 2 events in 1 runs)"
    )


@pytest.mark.parametrize(("written", "line"), [(json_lines, 2), (server_sent, 5)])
def test_a_violation_is_shown_with_its_line_and_ends_1(
    capture: Capture, written: Callable[[Any], str], line: int, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [GOOD[0], GOOD[1] | {"type": "agent_eror"}, GOOD[1]]
    assert main(["check-events", capture(written(bad))]) == 1
    shown = capsys.readouterr().out
    assert (
        f"line {line}: EC103 unknown-type, event 1: golden-path knows no 'agent_eror'; did you mean 'agent_error'?"
        in shown
    )


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json_lines(GOOD).encode())))
    assert main(["check-events", "-", "--contract", "GOLDEN_PATH"]) == 0
    assert "ok" in capsys.readouterr().out


def test_an_empty_capture_shows_nothing_and_is_not_ok(capture: Capture, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-events", capture("\n")]) == 1
    assert "golden-path: inconclusive" in capsys.readouterr().out
    assert main(["check-events", capture("\n"), "--partial"]) == 1


def test_a_capture_that_stops_early_is_truncated_unless_said_to_be_partial(
    capture: Capture, capsys: pytest.CaptureFixture[str]
) -> None:
    path = capture(json_lines(GOOD[:1]))
    assert main(["check-events", path]) == 1
    assert "EC204 truncated" in capsys.readouterr().out
    assert main(["check-events", path, "--partial"]) == 0
    assert "inconclusive: run r has not ended" in capsys.readouterr().out


def test_the_report_comes_as_json_junit_and_sarif(capture: Capture, capsys: pytest.CaptureFixture[str]) -> None:
    path = capture(json_lines([GOOD[0], "not an event", GOOD[1]]))
    reports = {}
    for form in ("json", "junit", "sarif"):
        assert main(["check-events", path, "--format", form]) == 1
        reports[form] = capsys.readouterr().out
    assert json.loads(reports["json"])["violations"][0]["rule"] == "EC101"
    suite = ET.fromstring(reports["junit"])
    assert [case.get("name") for case in suite if len(case)] == ["EC101 not-an-object"]
    assert (suite.get("failures"), suite.get("errors"), suite.get("tests")) == ("1", "0", str(len(suite)))
    (result,) = json.loads(reports["sarif"])["runs"][0]["results"]
    assert result["ruleId"] == "EC101"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_a_rule_can_be_switched_off(capture: Capture) -> None:
    path = capture(json_lines([GOOD[0], 7, GOOD[1]]))
    assert main(["check-events", path]) == 1
    assert main(["check-events", path, "--without", "EC101"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no-such-file"], "no-such-file cannot be read: No such file or directory"),
        (["x", "--contract", "no-such"], "there is no contract 'no-such'"),
        (["x", "--without", "EC999"], "there is no rule 'EC999'"),
    ],
)
def test_bad_usage_ends_2_in_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-events", *arguments]) == 2
    shown = capsys.readouterr().err
    assert message in shown
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "rules"),
    [
        (b'{"type": "heartbeat"}\n{"type": "heart', ["EC100"]),
        (b'{"type": NaN}\n', ["EC100"]),
        (b'{"type": "heartbeat"}\n\xff\xfe\n', ["EC100"]),
        (b"[" * 100_000, ["EC100"]),
        (b'data: {"type":\ndata: "heartbeat"}\n\n', []),
        (b'data: {"type": "heartbeat"}', []),
        (b'data: {"type": "hea', ["EC100"]),
        (b'data:{"type": "heartbeat"}\r\n\r\n: comment\r\nid: 7\r\n\r\n', []),
        (b'data: {"type": "heartbeat"}\n\ndatum: 3\n\n', ["EC100"]),
        (b'\xef\xbb\xbf{"type": "heartbeat"}\n', []),
        (b'\n\n{"type": "heartbeat"}\n\n{"type": "heartbeat"}', []),
    ],
)
def test_captures_are_read_as_they_are(
    content: bytes, rules: list[str], capture: Capture, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["check-events", capture(content), "--format", "json"])
    assert [violation["rule"] for violation in json.loads(capsys.readouterr().out)["violations"]] == rules
