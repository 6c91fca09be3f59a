from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from goldenpath.runner.events import Notice
from goldenpath.runner.faces import open_faces
from goldenpath.runner.faces.ctrf import ctrf
from goldenpath.runner.faces.github import commands
from goldenpath.runner.faces.junit import junit, split
from goldenpath.runner.faces.live import LiveFace
from goldenpath.runner.faces.opening import FaceUnavailable
from goldenpath.runner.faces.words import OUTCOMES, REASONS
from goldenpath.runner.history import open_history
from goldenpath.runner.record import NotRunReason, Outcome, RunRecord, TestResult
from goldenpath.runner.seams import FaceSettings

from .records import GOOD, NOTHING, ODD, RECORD, RESULTS, STREAM


def told(settings: FaceSettings, record: RunRecord = RECORD) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    faces = open_faces(settings, out=out, err=err)
    for event in STREAM:
        for face in faces:
            face.receive(event)
    for face in faces:
        face.finish(record)
    return out.getvalue(), err.getvalue()


def test_every_outcome_and_every_reason_has_its_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(REASONS) == set(NotRunReason)


def test_plain_progress_tells_failures_as_they_happen_and_the_verdict_last() -> None:
    said = told(FaceSettings())[0]
    lines = said.splitlines()
    assert lines[0] == "5 tests; 2 workers; services postgres; about 12.0 s by what they took before"
    assert "✕ failed  tests/test_a.py::TestB::test_bad[x::y]: assert 1 == 2" in lines
    assert "☠ worker w1 died while it ran tests/test_a.py::test_gone: killed by signal 9" in lines
    assert "layer fast_feedback not met: 1 of 3 passed, all had to" in lines
    assert "1 test not run: lost: they stand in files, and no result of them came" in lines
    assert "1 failed, 1 crashed, 2 passed, 1 skipped in 4.00 s" in lines
    assert lines[-1] == "✕ 2 of 5 tests failed (exit 1, failures)"
    crash, failure = said.index("☠ crashed  tests"), said.rindex("✕ failed  tests")
    assert crash < failure < said.index("1 test hollow")


def test_a_long_quiet_run_says_now_and_then_how_far_it_is() -> None:
    from goldenpath.runner.faces.plain import PlainFace

    now = 0.0
    stream = io.StringIO()
    face = PlainFace(stream, {}, clock=lambda: now)
    face.receive(STREAM[0])
    for _ in range(4):
        now += 2.0
        face.receive(STREAM[5])
    assert stream.getvalue().splitlines()[1:] == ["3 of 5"]


def test_performance_is_shown_when_it_is_asked_for(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history.json")
    for _ in range(6):
        history.learn([replace(RESULTS[0], duration=0.1)])
    out = io.StringIO()
    (face,) = open_faces(FaceSettings(performance=True), history, out=out)
    history.learn(RESULTS)
    face.finish(RECORD)
    assert "slower than their noise explains: 1" in out.getvalue()
    assert re.search(r"100 ms → 1\.00 s \(10\.0x\)  tests/test_a\.py::test_ok", out.getvalue())


def test_progress_in_json_is_one_object_per_event_and_ends_with_the_verdict() -> None:
    lines = [json.loads(line) for line in told(FaceSettings(progress="json"))[0].splitlines()]
    assert [line["event"] for line in lines[:3]] == ["run_planned", "service_changed", "worker_started"]
    assert len(lines) == len(STREAM) + 1
    assert lines[5]["result"]["outcome"] == "passed"
    assert (lines[-1]["event"], lines[-1]["code"], lines[-1]["cause"]) == ("verdict", 1, "failures")


def test_the_record_on_standard_output_is_alone_there() -> None:
    out, err = told(FaceSettings(json=Path("-")))
    document = json.loads(out)
    assert (document["format"], document["version"], len(document["results"])) == ("goldenpath-run", 1, 5)
    assert "2 of 5 tests failed" in err


def test_documents_are_written_whole_into_folders_that_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "reports"
    names = {name: folder / f"run.{name}" for name in ("json", "junit", "ctrf", "html")}
    told(FaceSettings(**names))  # type: ignore[arg-type]
    assert sorted(each.name for each in folder.iterdir()) == ["run.ctrf", "run.html", "run.json", "run.junit"]
    assert "✕" in names["html"].read_text(encoding="utf-8")


def test_junit_counts_right_and_holds_what_was_not_run(tmp_path: Path) -> None:
    root = ET.fromstring(junit(RECORD))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "1",
        "errors": "4",
        "skipped": "1",
    }
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert cases["test_bad[x::y]"].get("classname") == "tests.test_a.TestB"
    assert cases["test_bad[x::y]"].find("failure").text == "E   assert 1 == 2"  # type: ignore[union-attr]
    assert cases["test_lost"].find("error").get("message") == "not run: lost"  # type: ignore[union-attr]
    assert "test_unasked" not in cases
    flaky = {each.get("name"): each.get("value") for each in cases["test_shaky"].iter("property")}
    assert (flaky["flaky"], flaky["hollow"], flaky["attempts"]) == ("true", "true", "2")


def test_junit_of_a_run_in_which_nothing_ran_is_no_green_file() -> None:
    root = ET.fromstring(junit(NOTHING))
    assert (root.get("tests"), root.get("errors")) == ("1", "1")
    assert ET.fromstring(junit(GOOD)).get("errors") == "0"


@pytest.mark.parametrize(
    ("node_id", "expected"),
    [
        ("a/test_b.py::test_c", ("a.test_b", "test_c")),
        ("a/test_b.py::C::D::test_e[1]", ("a.test_b.C.D", "test_e[1]")),
        ("a/test_b.py::test_c[x/y.py::z]", ("a.test_b", "test_c[x/y.py::z]")),
        ("doc/readme.txt", ("doc/readme.txt", "doc/readme.txt")),
    ],
)
def test_node_ids_are_split_as_ci_systems_show_them(node_id: str, expected: tuple[str, str]) -> None:
    module, name = split(node_id)
    assert (module.replace(".txt", ".txt"), name) == (expected[0].replace("/", "."), expected[1])


def test_ctrf_has_what_its_readers_require_and_pending_for_what_did_not_run() -> None:
    document = json.loads(json.dumps(ctrf(RECORD)))
    summary = document["results"]["summary"]
    counts = {name: summary[name] for name in ("tests", "passed", "failed", "pending", "skipped", "other")}
    assert counts == {"tests": 7, "passed": 2, "failed": 2, "pending": 2, "skipped": 1, "other": 0}
    assert sum(counts.values()) == 2 * counts["tests"]
    statuses = {test["name"]: test["status"] for test in document["results"]["tests"]}
    assert statuses["tests/test_d.py::test_lost"] == "pending"
    assert all({"name", "status", "duration"} <= set(test) for test in document["results"]["tests"])
    assert (document["reportFormat"], summary["start"], summary["stop"]) == ("CTRF", 1_000_000, 1_004_000)


def test_github_gets_one_command_per_line_whatever_the_messages_hold() -> None:
    lines = "".join(commands(RECORD)).splitlines()
    assert len(lines) == 5
    assert all(re.match(r"::(error|warning|notice) ", line) for line in lines)
    assert lines[0] == "::error title=collection,file=tests/test_f.py::not collected: No module named 'f'"
    assert "file=tests/test_a.py,line=7::" in lines[2]
    assert lines[-1] == "::error title=goldenpath run%3A failures::2 of 5 tests failed"
    assert "".join(commands(GOOD)).startswith("::notice ")


@pytest.mark.parametrize("name", ["junit", "ctrf", "json", "html"])
def test_odd_characters_break_no_document(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    told(FaceSettings(**{name: path}))  # type: ignore[arg-type]
    content = path.read_bytes().decode("utf-8")
    if name == "junit":
        assert "a\ufffdb" in str([case.get("message") for case in ET.fromstring(content).iter("error")])
    elif name == "json":
        assert json.loads(content)["results"][2]["message"] == ODD
    elif name == "html":
        assert "<&> " not in content
        assert "b &lt;&amp;&gt; " in content
    elif name == "ctrf":
        assert json.loads(content)["results"]["tests"][2]["message"] == ODD


def test_an_unknown_progress_is_refused() -> None:
    with pytest.raises(FaceUnavailable, match="one of rich, plain and json"):
        open_faces(FaceSettings(progress="fancy"))


def test_the_live_view_shows_workers_counts_and_what_is_left_and_leaves_the_summary() -> None:
    from rich.console import Console

    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system=None, highlight=False)
    face = LiveFace(stream, {}, clock=lambda: 1003.0, console=console)
    views = []
    for event in STREAM:
        face.receive(event)
        with console.capture() as capture:
            console.print(face._draw())
        views.append(capture.get())
    face.finish(RECORD)
    running = views[4]
    assert "fast_feedback" in running
    assert "about 12.0 s left" in running
    assert "0/5" in running
    assert re.search(r"w0 +3\.00 s tests/test_a\.py::test_ok", running)
    assert "services: postgres ready" in running
    assert "5/5  ✕ 1  ☠ 1  ✓ 2  - 1  ↻ 1" in views[-1]
    assert max(len(line) for view in views for line in view.splitlines()) <= 80
    assert "2 of 5 tests failed (exit 1, failures)" in stream.getvalue()


def test_a_hollow_or_flaky_test_is_listed_by_name() -> None:
    said = told(FaceSettings(), replace(RECORD, results=[*RESULTS, TestResult("h", Outcome.PASSED, assertions=0)]))[0]
    assert "2 tests hollow: passed without executing one assertion\n    tests/test_c.py::test_shaky\n    h\n" in said
    assert "1 test flaky: passed, but not at once\n    tests/test_c.py::test_shaky\n" in said


def test_a_note_is_told_once() -> None:
    out = io.StringIO()
    (face,) = open_faces(FaceSettings(), out=out, err=io.StringIO())
    face.receive(Notice("workers are started afresh"))
    face.finish(replace(RECORD, notices=("workers are started afresh",)))
    assert out.getvalue().count("workers are started afresh") == 1
