from __future__ import annotations

from pathlib import Path

import pytest

from agent_backend.embedded.account import Account, blocked_at, within_reach

STRANGER = Account(54_321, 54_321)


@pytest.fixture
def reachable(tmp_path: Path) -> Path:
    """A folder that anyone may pass through, all the way from the root."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path


def test_the_first_closed_folder_on_the_way_is_named(reachable: Path) -> None:
    inner = reachable / "open" / "closed" / "inner"
    inner.mkdir(parents=True)
    assert blocked_at(STRANGER, inner) is None
    (reachable / "open" / "closed").chmod(0o700)
    assert blocked_at(STRANGER, inner) == reachable / "open" / "closed"
    owner = (reachable / "open" / "closed").stat()
    assert blocked_at(Account(owner.st_uid, owner.st_gid), inner) is None


def test_programs_out_of_reach_are_copied_once_and_with_the_libraries_beside_them(reachable: Path) -> None:
    programs, copies = reachable / "private" / "package" / "pg", reachable / "copies"
    (programs / "bin").mkdir(parents=True)
    (programs / "bin" / "postgres").write_text("#!")
    (reachable / "private" / "package.libs").mkdir()
    (reachable / "private" / "package.libs" / "libpq.so").write_text("elf")
    copies.mkdir(mode=0o755)
    assert within_reach(STRANGER, programs, copies) == programs
    (reachable / "private").chmod(0o700)
    copy = within_reach(STRANGER, programs, copies)
    assert (copy / "bin" / "postgres").read_text() == "#!"
    assert (copy / ".." / ".." / "package.libs" / "libpq.so").read_text() == "elf"
    assert blocked_at(STRANGER, copy / "bin") is None
    assert within_reach(STRANGER, programs, copies) == copy
    assert len(list(copies.iterdir())) == 1
