"""Whatever stands in a file or a folder is reported: never a crash, never a hang."""

from __future__ import annotations

import gc
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import goldenpath.audit.rules
from goldenpath.audit import Report
from goldenpath.audit.cache import encode
from goldenpath.audit.extraction import LARGEST, facts_of
from goldenpath.audit.migration import migrate_file

Tree = Callable[[dict[str, str]], Path]
Audit = Callable[..., Report]
SOURCES = sorted(Path(goldenpath.audit.rules.__file__).parents[1].rglob("*.py"))


def judged(data: bytes) -> None:
    """Facts come out, whatever goes in, and can be stored; migration either proves itself or changes nothing."""
    encode(facts_of("tests/test_x.py", data))
    result = migrate_file(data)
    assert result.changed or result.after == data


@pytest.mark.parametrize("seed", range(60))
def test_mutated_and_truncated_sources_are_judged(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(chance.choice(SOURCES).read_bytes())
    for _ in range(chance.randrange(1, 30)):
        at = chance.randrange(len(data))
        if chance.random() < 0.5:
            data[at] = chance.randrange(256)
        else:
            del data[at : at + chance.randrange(1, 40)]
    judged(bytes(data[: chance.randrange(len(data) + 1)]))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_judged(data: bytes) -> None:
    judged(data)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abc():=\n\t \"'#\\[]{},.@*é\x00\x0c", max_size=120))
def test_any_text_is_judged(text: str) -> None:
    judged(text.encode())


@pytest.mark.parametrize(
    "data",
    [
        b"x = " + b"(" * 5_000 + b")" * 5_000,
        b"x = " + b"[" * 150 + b"]" * 150,
        b"x = " + b"-" * 50_000 + b"1",
        b"x = 1" + b" + 1" * 50_000,
        b"x = a" + b".a" * 50_000,
        b"x = f" + b"()" * 20_000,
        b"".join(b" " * depth + b"if x:\n" for depth in range(99)) + b" " * 99 + b"pass\n",
        b"if x: pass\n" + b"elif x: pass\n" * 3_000,
        b"def test_a():\n  assert " + b"not " * 3_000 + b"x\n",
    ],
    ids=["parentheses", "brackets", "minus", "sum", "attributes", "calls", "blocks", "branches", "nots"],
)
def test_deep_nesting_is_judged(data: bytes) -> None:
    encoded = encode(facts_of("tests/test_x.py", data))
    assert sum(encoded.lengths) == len(encoded.facts)


def test_a_line_of_ten_megabytes_is_reported_as_too_large() -> None:
    facts = facts_of("tests/test_x.py", b"x = '" + b"a" * 10_000_000 + b"'\n")
    assert [problem.rule for problem in facts.problems] == ["GP004"]


def test_a_line_just_below_the_limit_is_judged() -> None:
    data = b"x = '" + b"a" * (LARGEST - 100) + b"'\n"
    assert facts_of("tests/test_x.py", data).problems == []


def test_loops_of_links_and_broken_links_end(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": "def test_a():\n    pass\n"})
    (root / "tests/again").symlink_to(root, target_is_directory=True)
    (root / "tests/nowhere.py").symlink_to(root / "gone.py")
    os.mkfifo(root / "tests/pipe.py")
    assert [finding.path for finding in audited(root).findings] == ["tests/test_a.py"]


def test_a_file_that_cannot_be_read_is_reported_and_read_again_later(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": "def test_a():\n    pass\n"})
    path = root / "tests/test_a.py"
    whole = path.read_bytes()
    path.unlink()
    path.mkdir()
    (root / "tests/test_b.py").write_bytes(whole)
    assert [finding.path for finding in audited(root).findings] == ["tests/test_b.py"]


def test_names_that_are_no_text_are_reported(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": ""})
    with open(os.fsencode(root / "tests") + b"/test_\xff.py", "w") as file:
        file.write("def test_a():\n    pass\n")
    report = audited(root)
    assert [finding.rule for finding in report.findings] == ["GP601"]
    assert report.findings[0].fingerprint


def test_circular_imports_and_bases_end(tree: Tree, audited: Audit) -> None:
    files = {
        "shop/__init__.py": "from shop.a import *\n",
        "shop/a.py": "from shop.b import *\nfrom shop.b import X as X\n\n\nclass A(B):\n    pass\n",
        "shop/b.py": "from shop.a import *\nfrom shop.a import X as X\n\n\nclass B(A):\n    pass\n",
        "tests/test_a.py": "from shop.a import A, X\n\n\nclass TestA(A):\n    def test_a(self):\n        assert X\n",
    }
    assert audited(tree(files)).findings == []


def test_a_class_that_inherits_itself_ends(tree: Tree, audited: Audit) -> None:
    text = "class TestA(TestA):\n    async def test_a(self):\n        assert await run()\n"
    assert audited(tree({"tests/test_a.py": text})).findings == []


def test_reading_a_file_leaves_no_cycles_behind_that_a_resting_collector_would_keep() -> None:
    data = max(SOURCES, key=lambda path: path.stat().st_size).read_bytes()
    gc.collect()
    gc.disable()
    try:
        facts_of("tests/test_x.py", data)
        assert gc.collect() < 20
    finally:
        gc.enable()
