from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenpath.services import pack

NAMES = st.text("abcdefgh.", min_size=1, max_size=6).filter(lambda name: name.strip("."))
TREES = st.dictionaries(st.tuples(NAMES.map("d_".__add__), NAMES), st.binary(max_size=300), max_size=12)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(deadline=None)
@given(TREES)
def test_what_is_unpacked_is_what_was_packed(tree: dict[tuple[str, str], bytes]) -> None:
    with TemporaryDirectory() as temporary:
        source, packed, target = (Path(temporary) / name for name in ("source", "packed", "target"))
        source.mkdir()
        (source / "empty").mkdir()
        for (folder, name), content in tree.items():
            (source / folder).mkdir(exist_ok=True)
            (source / folder / name).write_bytes(content)
        pack.write(source, packed)
        pack.Packed(packed).unpack(target)
        assert contents(target) == contents(source)
        assert (target / "empty").is_dir()


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    (source / "one").write_bytes(os.urandom(1000))
    (source / "two").write_bytes(b"again" * 100)
    pack.write(source, tmp_path / "packed")
    return tmp_path / "packed"


def test_a_file_with_any_byte_changed_is_refused(packed: Path) -> None:
    whole = packed.read_bytes()
    for position in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[position] ^= 0x20
        packed.write_bytes(changed)
        with pytest.raises(pack.DamagedPack):
            pack.Packed(packed)


def test_a_torn_file_is_refused_wherever_it_was_torn(packed: Path) -> None:
    whole = packed.read_bytes()
    for length in [0, 1, 10, 100, len(whole) // 2, len(whole) - 1]:
        packed.write_bytes(whole[:length])
        with pytest.raises(pack.DamagedPack):
            pack.Packed(packed)


def test_a_foreign_file_is_refused(packed: Path) -> None:
    packed.write_bytes(b'{"some": "json"}\nand more')
    with pytest.raises(pack.DamagedPack, match="no header"):
        pack.Packed(packed)


def test_equal_files_are_stored_once(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in "abcdefgh":
        (source / name).write_bytes(b"\0" * 100_000)
    pack.write(source, tmp_path / "packed")
    assert (tmp_path / "packed").stat().st_size < 110_000


def test_packing_leaves_no_temporary_file(packed: Path) -> None:
    assert sorted(path.name for path in packed.parent.iterdir()) == ["packed", "source"]
