"""Facts are kept between runs, rebuilt when they are not to be trusted, and never half-read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from goldenpath.audit import NothingToAudit, Report, Request, audit
from goldenpath.audit.cache import Cache
from goldenpath.audit.gathering import WORTH_A_PROCESS

Tree = Callable[[dict[str, str]], Path]
Audit = Callable[..., Report]
FILES = {"tests/test_a.py": "def test_a():\n    pass\n", "tests/test_b.py": "def test_b():\n    assert run()\n"}
LONG_AGO = (1_000_000_000, 1_000_000_000)


def aged(root: Path) -> Path:
    for path in root.rglob("*.py"):
        os.utime(path, LONG_AGO)
    return root


def test_a_second_run_parses_nothing_and_finds_the_same(tree: Tree, audited: Audit) -> None:
    root = aged(tree(FILES))
    first, second = audited(root), audited(root)
    assert (first.parsed, second.parsed) == (2, 0)
    assert first.findings == second.findings


def test_only_a_changed_file_is_parsed_again(tree: Tree, audited: Audit) -> None:
    root = aged(tree(FILES))
    audited(root)
    (root / "tests/test_b.py").write_text("def test_b():\n    pass\n")
    report = audited(root)
    assert (report.parsed, len(report.findings)) == (1, 2)


def test_a_touched_file_is_compared_by_content_and_not_parsed(tree: Tree, audited: Audit) -> None:
    root = aged(tree(FILES))
    audited(root)
    os.utime(root / "tests/test_a.py")
    assert audited(root).parsed == 0


def test_a_change_that_keeps_size_and_time_right_after_a_run_is_noticed(tree: Tree, audited: Audit) -> None:
    root = tree(FILES)
    path = root / "tests/test_a.py"
    audited(root)
    status = path.stat()
    path.write_text("def test_z():\n    pass\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert [finding.scope for finding in audited(root).findings] == ["test_z"]


def test_a_file_that_went_away_is_forgotten(tree: Tree, audited: Audit) -> None:
    root = aged(tree(FILES))
    audited(root)
    (root / "tests/test_a.py").unlink()
    report = audited(root)
    assert (report.files, report.findings) == (1, [])


def test_configuration_may_change_between_runs_without_parsing_again(tree: Tree, audited: Audit) -> None:
    root = aged(tree(FILES))
    audited(root)
    (root / "pyproject.toml").write_text('[tool.goldenpath.audit]\nignore = ["GP6"]\n')
    report = audited(root)
    assert (report.parsed, report.findings) == (0, [])


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": "something else"}\n[]', b"\x00" * 4096])
def test_a_foreign_cache_file_is_replaced(damage: bytes, tree: Tree, audited: Audit, tmp_path: Path) -> None:
    (tmp_path / "facts").write_bytes(damage)
    root = aged(tree(FILES))
    assert audited(root).parsed == 2
    assert audited(root).parsed == 0


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_torn_cache_file_is_replaced(where: float, tree: Tree, audited: Audit, tmp_path: Path) -> None:
    root = aged(tree(FILES))
    expected = audited(root).findings
    whole = (tmp_path / "facts").read_bytes()
    (tmp_path / "facts").write_bytes(whole[: int(len(whole) * where)])
    report = audited(root)
    assert (report.parsed, report.findings) == (2, expected)


def test_facts_that_rotted_inside_are_rebuilt(tree: Tree, audited: Audit, tmp_path: Path) -> None:
    root = aged(tree(FILES))
    expected = audited(root).findings
    whole = bytearray((tmp_path / "facts").read_bytes())
    whole[-200:] = b"?" * 200
    (tmp_path / "facts").write_bytes(whole)
    assert audited(root).findings == expected


def test_two_audits_at_once_leave_a_whole_cache(tree: Tree, tmp_path: Path) -> None:
    root = aged(tree({f"tests/test_{n}.py": f"def test_{n}():\n    pass\n" for n in range(40)}))
    found: list[int] = []
    runs = [
        threading.Thread(target=lambda: found.append(len(audit(Request(paths=[root], cache=tmp_path / "c")).findings)))
        for _ in range(4)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert found == [40] * 4
    assert len(Cache(tmp_path / "c").entries) == 40


def test_a_cache_that_cannot_be_written_is_said_and_the_audit_goes_on(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file, not a folder")
    report = audit(Request(paths=[tree(FILES)], cache=tmp_path / "blocked" / "facts"))
    assert len(report.findings) == 1
    assert any("not kept" in note for note in report.notes)


def test_a_second_process_finds_what_one_finds(tree: Tree, audited: Audit) -> None:
    filler = "X = [\n" + "    1,\n" * 60_000 + "]\n"
    files = {f"tests/test_{n}.py": f"def test_{n}():\n    pass\n\n\n{filler}" for n in range(8)}
    root = tree(files)
    assert sum(map(len, files.values())) > WORTH_A_PROCESS
    assert sorted(finding.scope for finding in audited(root).findings) == [f"test_{n}" for n in range(8)]


def test_paths_that_hold_nothing_are_refused_by_name(tree: Tree, tmp_path: Path) -> None:
    root = tree({"README": "none"})
    with pytest.raises(NothingToAudit, match="no Python file"):
        audit(Request(paths=[root], cache=tmp_path / "c"))
    with pytest.raises(NothingToAudit, match="there is no"):
        audit(Request(paths=[root / "gone"], cache=tmp_path / "c"))
