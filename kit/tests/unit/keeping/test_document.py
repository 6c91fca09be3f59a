from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldenpath.keeping import Unusable, cache_folder, project_key, read_document, write_document

KIND = "goldenpath-thing"


def test_what_was_written_is_read_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "thing.json"
    write_document(path, KIND, 1, {"a": [1, 2]})
    write_document(path, KIND, 1, {"a": [3]})
    assert read_document(path, KIND, 1) == {"a": [3]}
    assert [each.name for each in path.parent.iterdir()] == ["thing.json"]


def test_a_file_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert read_document(tmp_path / "none.json", KIND, 1) is None


DAMAGE = {
    "is not a goldenpath-thing file": lambda text: b"\x00\x01\x02",
    "not a goldenpath-thing file": lambda text: text.replace(b"goldenpath-thing", b"somebody-elses"),
    "of version 1, not 2": None,
    "is torn": lambda text: text[:-3],
    "damaged or edited": lambda text: text.replace(b"[1,2]", b"[1,7]"),
}


@pytest.mark.parametrize("said", DAMAGE)
def test_a_file_that_cannot_be_trusted_is_refused_by_name(said: str, tmp_path: Path) -> None:
    path = tmp_path / "thing.json"
    write_document(path, KIND, 1, {"a": [1, 2]})
    damage = DAMAGE[said]
    if damage is not None:
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(Unusable, match=said) as caught:
        read_document(path, KIND, 1 if damage else 2)
    assert str(path) in str(caught.value)


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "thing.json"
    write_document(path, KIND, 1, "before")
    with pytest.raises(TypeError):
        write_document(path, KIND, 1, {1, 2})
    assert read_document(path, KIND, 1) == "before"
    assert json.loads(path.read_bytes().splitlines()[0])["format"] == KIND


def test_the_folder_can_be_chosen_and_two_checkouts_never_share(tmp_path: Path) -> None:
    assert cache_folder({"GOLDENPATH_CACHE_DIR": str(tmp_path)}) == tmp_path
    assert project_key(tmp_path / "a") != project_key(tmp_path / "b")
    assert project_key(tmp_path / "a") == project_key(tmp_path / "b" / ".." / "a")
