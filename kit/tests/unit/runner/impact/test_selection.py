from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from goldenpath.runner.impact import ChangesUnknown, changed_files, select_changed
from goldenpath.runner.impact.selection import Impact, select

FILES = {
    "pyproject.toml": "",
    "README.md": "",
    "src/shop/__init__.py": "",
    "src/shop/price.py": "from shop.money import Money\n",
    "src/shop/money.py": "class Money: ...\n",
    "src/shop/stock.py": "def late():\n    from . import money\n",
    "src/shop/rates.json": "{}",
    "src/lazy/__init__.py": (
        "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from lazy.one import One\n    from lazy.two import Two\n"
        "def __getattr__(name): ...\n"
    ),
    "src/lazy/one.py": "class One: ...\n",
    "src/lazy/two.py": "class Two: ...\n",
    "tests/conftest.py": "",
    "tests/support.py": "",
    "tests/test_price.py": "from shop.price import total\n",
    "tests/test_stock.py": "import shop.stock\n",
    "tests/test_one.py": "from lazy import One\n",
    "tests/test_two.py": "import lazy\n",
    "tests/test_patch.py": "def test(): patch('shop.money.Money')\n",
    "tests/test_free.py": "def test_free(): ...\n",
    "tests/test_starts.py": "import subprocess\ndef test(): subprocess.run(['shop'])\n",
    "tests/deep/conftest.py": "import support\n",
    "tests/deep/test_deep.py": "",
}
TESTS = [path for path in FILES if "/test_" in path]
ALWAYS = "test_starts"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def names(impact: Impact) -> set[str]:
    return {path.rpartition("/")[2].removesuffix(".py") for path in impact.selected} - {ALWAYS}


TOUCHED: dict[str, tuple[Sequence[str], set[str]]] = {
    "what it imports along the way": (["src/shop/money.py"], {"test_price", "test_stock", "test_patch"}),
    "only what names it": (["src/shop/stock.py"], {"test_stock"}),
    "a package on the way": (["src/shop/__init__.py"], {"test_price", "test_stock", "test_patch"}),
    "one name of a lazy package": (["src/lazy/one.py"], {"test_one", "test_two"}),
    "another name of a lazy package": (["src/lazy/two.py"], {"test_two"}),
    "a conftest above": (["tests/deep/conftest.py"], {"test_deep"}),
    "what a conftest imports": (["tests/support.py"], {"test_deep"}),
    "the test itself": (["tests/test_free.py"], {"test_free"}),
    "a file that is gone": (["src/shop/gone.py"], set()),
    "data beside a module": (["src/shop/rates.json"], {"test_price", "test_stock", "test_patch"}),
    "documentation": (["README.md"], set()),
}


@pytest.mark.parametrize("case", TOUCHED)
def test_a_change_selects_what_it_can_touch(case: str, root: Path) -> None:
    changed, expected = TOUCHED[case]
    impact = select(root, "main", changed, TESTS)
    assert names(impact) == expected
    assert {*impact.selected, *impact.left_out} == set(TESTS)
    assert f"{len(impact.left_out)} are left out" in impact.summary()


def test_every_selected_file_says_why(root: Path) -> None:
    impact = select(root, "main", ["src/shop/money.py"], TESTS)
    assert impact.selected["tests/test_price.py"] == (
        "it reaches src/shop/money.py, which changed (through src/shop/price.py)"
    )
    assert impact.selected["tests/test_starts.py"].startswith("nobody can tell what it reaches: it starts programs")


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "uv.lock", "Makefile"])
def test_what_can_change_everything_selects_everything(name: str, root: Path) -> None:
    impact = select(root, "main", [name], TESTS)
    assert set(impact.selected) == set(TESTS)
    assert all(why.startswith(f"{name} changed") for why in impact.selected.values())


def test_what_is_taken_to_touch_no_test_is_named(root: Path) -> None:
    assert "taken to touch no test: README.md" in select(root, "main", ["README.md"], TESTS).summary()


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def test_git_tells_what_was_committed_edited_added_removed_and_renamed(root: Path) -> None:
    git(root, "init", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-m", "all")
    (root / "src/shop/price.py").write_text("import json\n")
    git(root, "commit", "-am", "price")
    (root / "src/shop/stock.py").unlink()
    git(root, "mv", "src/lazy/one.py", "src/lazy/three.py")
    (root / "tests/test_new.py").write_text("")
    assert changed_files(root, "HEAD~1") == [
        "src/lazy/one.py",
        "src/lazy/three.py",
        "src/shop/price.py",
        "src/shop/stock.py",
        "tests/test_new.py",
    ]
    assert "tests/test_one.py" in select_changed(root, "HEAD", TESTS).selected


@pytest.mark.parametrize("revision", ["nowhere", "--output=x", "HEAD~99"])
def test_a_revision_that_does_not_exist_leaves_nothing_out_silently(revision: str, root: Path) -> None:
    git(root, "init", "-b", "main")
    git(root, "commit", "--allow-empty", "-m", "empty")
    with pytest.raises(ChangesUnknown, match=r"revision|merge-base"):
        changed_files(root, revision)


def test_a_folder_that_git_does_not_know_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ChangesUnknown, match="not a git repository"):
        changed_files(tmp_path, "HEAD")
