"""Count assert statements where pytest rewrites them anyway: in test modules, conftests and their helpers."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from pathlib import Path
from re import compile as pattern
from typing import Any, Final

import pytest
from _pytest.assertion import rewrite

NAME: Final = "@goldenpath_tally"
TAG: Final = "-goldenpath-1"
"""Set apart the cached modules that count from those that pytest makes without this plugin."""
UNCOUNTED: Final = ("site-packages", "dist-packages")
COUNTED_ANYWHERE: Final = f"goldenpath{os.sep}doubles{os.sep}conformance{os.sep}"
TEST_FOLDER: Final = pattern(r"tests?|tests?_\w+|\w+_tests?")


def install(config: pytest.Config) -> str | None:
    """Have the modules count that pytest imports from now on; says why that cannot be."""
    if getattr(config.known_args_namespace, "assertmode", None) != "rewrite":
        return "--assert=plain leaves assert statements as they are, so that they cannot be counted"
    original = getattr(rewrite, "rewrite_asserts", None)
    if original is None or not isinstance(getattr(rewrite, "PYC_TAIL", None), str):
        return f"pytest {pytest.__version__} rewrites assert statements in a way that is not known here"
    if not rewrite.PYC_TAIL.endswith(TAG + rewrite.PYC_EXT):
        patch = pytest.MonkeyPatch()
        config.add_cleanup(patch.undo)
        patch.setattr(rewrite, "rewrite_asserts", _counting(original))
        patch.setattr(rewrite, "PYC_TAIL", rewrite.PYC_TAIL.removesuffix(rewrite.PYC_EXT) + TAG + rewrite.PYC_EXT)
        pytest.register_assert_rewrite("goldenpath.doubles.conformance")
        finder = HelperFinder(config.rootpath)
        sys.meta_path.insert(0, finder)
        config.add_cleanup(lambda: sys.meta_path.remove(finder))
    return None


def _counting(original: Callable[..., None]) -> Callable[..., None]:
    def rewrite_asserts(tree: ast.Module, source: bytes, module_path: str | None = None, config: Any = None) -> None:
        if is_counted(module_path or ""):
            count_statements(tree)
        original(tree, source, module_path, config)

    return rewrite_asserts


def is_counted(path: str) -> bool:
    """Whether the assert statements of a file speak for a test: those of installed packages do not."""
    return COUNTED_ANYWHERE in path or not any(f"{os.sep}{folder}{os.sep}" in path for folder in UNCOUNTED)


def count_statements(tree: ast.Module) -> None:
    """Put an addition before each assert statement of a module, and an import at its top."""
    if not _count_in(tree):
        return
    top = 0
    for top, statement in enumerate(tree.body):  # noqa: B007
        is_docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_docstring and not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            break
    place = _place_of(tree.body[top])
    alias = ast.alias("TALLY", NAME, **place)
    tree.body.insert(top, ast.ImportFrom("goldenpath.plugin.tally", [alias], 0, **place))


def _count_in(node: ast.AST) -> bool:
    """Whether there was anything to count; looks at statements alone, which are few beside expressions."""
    found = False
    for blocks in _BLOCKS:
        block: list[Any] = getattr(node, blocks, [])
        for index in range(len(block) - 1, -1, -1):
            statement = block[index]
            if isinstance(statement, ast.Assert):
                block.insert(index, _addition(_place_of(statement)))
                found = True
            elif isinstance(statement, _COMPOUND):
                found |= _count_in(statement)
    return found


_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")
_COMPOUND: Final[tuple[type[ast.AST], ...]] = tuple(
    kind for kind in vars(ast).values() if isinstance(kind, type) and {*_BLOCKS} & {*getattr(kind, "_fields", ())}
)


def _addition(place: dict[str, Any]) -> ast.stmt:
    counter = ast.Attribute(ast.Name(NAME, ast.Load(), **place), "statements", ast.Store(), **place)
    return ast.AugAssign(counter, ast.Add(), ast.Constant(1, **place), **place)


def _place_of(node: ast.stmt) -> dict[str, Any]:
    return {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}


class HelperFinder(MetaPathFinder):
    """Has pytest rewrite the helper modules that stand among the tests, so that what they assert counts too."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._among_tests: dict[str, bool] = {}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Find nothing, but tell pytest what to look at when its own finder is asked next."""
        last = name.rpartition(".")[2]
        for folder in sys.path if path is None else path:
            if isinstance(folder, str) and self._is_among_tests(folder):
                place = os.path.join(folder, last)
                if os.path.isfile(f"{place}.py") or os.path.isfile(os.path.join(place, "__init__.py")):
                    pytest.register_assert_rewrite(name)
                    return

    def _is_among_tests(self, folder: str) -> bool:
        known = self._among_tests.get(folder)
        if known is None:
            inside = folder.startswith(self._root + os.sep)
            parts = Path(folder).relative_to(self._root).parts if inside else ()
            known = any(map(TEST_FOLDER.fullmatch, parts)) and is_counted(folder + os.sep)
            self._among_tests[folder] = known
        return known
