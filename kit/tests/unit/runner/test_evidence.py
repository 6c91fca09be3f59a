from __future__ import annotations

from pathlib import Path

import pytest

from goldenpath.runner.evidence import (
    Evidence,
    EvidenceError,
    EvidenceWriter,
    complete_shards,
    find_evidence,
    read_evidence,
    verify,
)
from goldenpath.runner.record import (
    Asked,
    ExitCode,
    NotRun,
    NotRunReason,
    Outcome,
    Plan,
    RunRecord,
    TestResult,
    Verdict,
)

GREEN = Verdict(ExitCode.OK, "passed", "1 passed")


def result(name: str, outcome: Outcome = Outcome.PASSED, start: float = 100.5) -> TestResult:
    return TestResult(name, outcome, start=start)


def write(
    folder: Path,
    *results: TestResult,
    run_id: str = "r1",
    shard: str = "",
    not_run: tuple[NotRun, ...] = (),
    verdict: Verdict = GREEN,
    finished: float = 101.0,
) -> Evidence:
    asked = Asked(shard=shard)
    writer = EvidenceWriter(folder, run_id, asked, 100.0)
    for each in results:
        writer.result(each)
    record = RunRecord(run_id, asked, Plan(), verdict, 100.0, finished, results=results, not_run=not_run)
    digest = writer.seal(record)
    evidence = read_evidence(writer.path)
    assert evidence.digest == digest
    return evidence


def test_untouched_evidence_holds(tmp_path: Path) -> None:
    evidence = write(tmp_path, result("t::a"), not_run=(NotRun("t::b", NotRunReason.DESELECTED, "-k a"),))
    assert verify(evidence) == []
    assert evidence.good == {"t::a"}
    assert evidence.verdict["code"] == 0


@pytest.mark.parametrize(
    ("results", "more", "says"),
    [
        ((result("t::a"), result("t::a")), {}, "1 tests have two results, t::a among them"),
        ((result("t::a", Outcome.FAILED),), {}, "its verdict is 0 although 1 tests failed"),
        ((), {}, "its verdict is 0 although nothing was executed"),
        ((result("t::a", Outcome.SKIPPED),), {}, "its verdict is 0 although nothing was executed"),
        ((result("t::a"),), {"not_run": (NotRun("t::b", NotRunReason.LOST),)}, "although 1 tests were lost, t::b"),
        ((result("t::a"),), {"finished": 40.0}, "the clock moved: it ended 60 s before it began"),
        ((result("t::a", start=7000.0),), {}, "the clock moved: t::a began outside of the run"),
    ],
)
def test_contradictions_are_named(
    tmp_path: Path, results: tuple[TestResult, ...], more: dict[str, object], says: str
) -> None:
    problems = verify(write(tmp_path, *results, **more))  # type: ignore[arg-type]
    assert any(says in problem for problem in problems), problems


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, result("t::a"), result("t::b")).path
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            problems = verify(read_evidence(path))
        except EvidenceError:
            continue
        assert problems, f"byte {place}"


def test_what_a_killed_run_left_can_be_read_and_proves_nothing(tmp_path: Path) -> None:
    writer = EvidenceWriter(tmp_path, "r1", Asked(), 100.0)
    writer.result(result("t::a"))
    writer.abandon()
    part = find_evidence(tmp_path, "r1")
    part.write_bytes(part.read_bytes() + b'{"kind":"result","node_id":"t::to')
    evidence = read_evidence(part)
    assert evidence.good == {"t::a"}
    assert "the run never ended" in verify(evidence)[0]


def test_two_runs_never_write_into_one_file(tmp_path: Path) -> None:
    writer = EvidenceWriter(tmp_path, "r1", Asked(), 100.0)
    with pytest.raises(FileExistsError):
        EvidenceWriter(tmp_path, "r1", Asked(), 100.0)
    writer.abandon()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not begin with"),
        ('{"format":"something else"}\n', "does not begin with"),
        ('{"format":"goldenpath-evidence","version":9}\n', "version 9; this reads 1"),
        ("not json\n", "line 1: not JSON"),
        ("[1]\n", "line 1: list where a fact should stand"),
    ],
)
def test_a_foreign_file_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(EvidenceError, match=says):
        read_evidence(path)


def test_evidence_is_found_by_the_beginning_of_its_name(tmp_path: Path) -> None:
    first = write(tmp_path, result("t::a"), run_id="20260101-aa").path
    write(tmp_path, result("t::a"), run_id="20260102-bb")
    assert find_evidence(tmp_path, "20260101") == first
    with pytest.raises(EvidenceError, match="means 2 evidence"):
        find_evidence(tmp_path, "2026")
    with pytest.raises(EvidenceError, match="means no evidence"):
        find_evidence(tmp_path, "1999")


def shard(folder: Path, number: int, of: int, mine: str, others: str) -> Evidence:
    left = tuple(NotRun(name, NotRunReason.SHARD) for name in others)
    return write(folder, *map(result, mine), run_id=f"s{number}-{of}", shard=f"{number}/{of}", not_run=left)


def test_shards_that_are_one_whole_run_are_complete(tmp_path: Path) -> None:
    assert complete_shards([shard(tmp_path, 1, 2, "ab", "c"), shard(tmp_path, 2, 2, "c", "ab")]) == []


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([(1, 2, "ab", "c")], "shard 2/2 is missing"),
        ([(1, 2, "ab", "c"), (2, 2, "", "abc")], "1 tests ran in no shard, c among them"),
        ([(1, 2, "ab", "c"), (2, 2, "bc", "a")], "1 tests ran in two shards, b among them"),
        ([(1, 2, "ab", "c"), (2, 2, "c", "a")], "never saw 1 tests that others did, b among them"),
        ([(1, 2, "ab", "c"), (1, 3, "c", "ab")], "shards of different divisions: 1/2, 1/3"),
    ],
)
def test_what_is_missing_from_shards_is_named(
    tmp_path: Path, parts: list[tuple[int, int, str, str]], says: str
) -> None:
    missing = complete_shards([shard(tmp_path, *part) for part in parts])
    assert any(says in each for each in missing), missing
