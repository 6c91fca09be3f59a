"""Places worth judging that a single expression shows: mocks, patches, the environment, sys.path, processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.source import Source, span
from goldenpath.audit.facts import Sighting
from goldenpath.audit.vocabulary import MOCK_CLASSES
from goldenpath.audit.walk import Scope, dotted, root

_MOCK_ROOTS: Final = ("unittest.mock.", "mock.", "asyncmock.")
_ROOTS: Final = frozenset(
    {"os", "sys", "site", "subprocess", "asyncio", "docker", "pytest", "unittest", "mock", "asyncmock", "mocker"}
    | {"monkeypatch"}
)
"""What every name judged here begins with, once its aliases are followed."""
_ENVIRON_READS: Final = {"os.getenv", "os.getenvb", "os.environ.get", "os.environb.get"}
_ENVIRON_WRITES: Final = {
    "os.putenv", "os.unsetenv", "os.environ.pop", "os.environ.setdefault", "os.environ.update", "os.environ.clear",
    "os.environ.popitem", "os.environ.__setitem__", "os.environ.__delitem__",
}  # fmt: skip
_ENVIRONS: Final = {"os.environ", "os.environb"}
_PATH_CALLS: Final = {"sys.path.insert", "sys.path.append", "sys.path.extend", "sys.path.remove", "site.addsitedir"}
_PROCESS_CALLS: Final = {
    "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen",
    "os.system", "os.popen", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
}  # fmt: skip
_CONTAINER_CALLS: Final = {"docker.from_env", "docker.DockerClient", "docker.APIClient"}
_CONTAINER_WORDS: Final = {"docker", "docker-compose", "podman", "nerdctl"}
_MOCK_API: Final = {
    "return_value", "side_effect", "called", "call_count", "call_args", "call_args_list", "mock_calls", "method_calls",
    "reset_mock", "configure_mock", "await_count", "await_args", "await_args_list", "attach_mock", "mock_add_spec",
    "awaited", "start", "stop", "wait_until_called",
}  # fmt: skip


class Sightings:
    """Collects the sightings of one file, scope by scope."""

    def __init__(self, names: Names, source: Source) -> None:
        self._names = names
        self._roots = names.local_names(_ROOTS)
        self._source = source
        self.mocks: list[Sighting] = []
        self.patches: list[Sighting] = []
        self.environ: list[Sighting] = []
        self.infrastructure: list[Sighting] = []

    def read(self, scope: Scope) -> None:
        """Everything one scope shows."""
        if scope.kind == "module":
            self.infrastructure.extend(self._module_marks(scope))
        if not self._roots.isdisjoint(scope.loads):
            self._expressions(scope, self._roots)

    def _expressions(self, scope: Scope, roots: set[str]) -> None:
        for node in scope.every(ast.Call):
            assert isinstance(node, ast.Call)
            if root(node.func) in roots:
                self._call(scope, node, dotted(node.func))
        for node in scope.every(ast.Subscript):
            assert isinstance(node, ast.Subscript)
            if root(node.value) not in roots:
                continue
            meant = self._meant(scope, node.value)
            if meant in _ENVIRONS:
                kind = "read" if isinstance(node.ctx, ast.Load) else "write"
                self.environ.append(self._sighting(scope, kind, node, _text(node.slice)))
            elif meant == "sys.path" and not isinstance(node.ctx, ast.Load):
                self.infrastructure.append(self._sighting(scope, "sys.path", node))
            elif meant == "sys.modules" and not isinstance(node.ctx, ast.Load):
                self.infrastructure.append(self._sighting(scope, "sys.modules", node))
        for node in scope.every(ast.Compare):
            assert isinstance(node, ast.Compare)
            if (
                root(node.comparators[0]) in roots
                and isinstance(node.ops[0], (ast.In, ast.NotIn))
                and self._meant(scope, node.comparators[0]) in _ENVIRONS
            ):
                self.environ.append(self._sighting(scope, "read", node, _text(node.left)))
        for node in (*scope.every(ast.Assign), *scope.every(ast.AugAssign)):
            self._assignment(scope, node)

    def _call(self, scope: Scope, node: ast.Call, name: str) -> None:
        meant = self._names.canonical(scope, name) or (name if name.startswith(("mocker.", "monkeypatch.")) else "")
        if not meant:
            return
        if meant in _ENVIRON_READS:
            self.environ.append(self._sighting(scope, "read", node, _text(node.args[0]) if node.args else ""))
        elif meant in _ENVIRON_WRITES:
            self.environ.append(self._sighting(scope, "write", node, _text(node.args[0]) if node.args else ""))
        elif meant in _PATH_CALLS:
            self.infrastructure.append(self._sighting(scope, "sys.path", node))
        elif meant == "pytest.main":
            self.infrastructure.append(self._sighting(scope, "pytest.main", node, _guarded(scope, node)))
        elif meant in _CONTAINER_CALLS:
            self.infrastructure.append(self._sighting(scope, "container", node, meant))
        elif meant in _PROCESS_CALLS:
            self._process(scope, node)
        elif meant.startswith("sys.modules.") or meant == "monkeypatch.syspath_prepend":
            self.infrastructure.append(self._sighting(scope, "sys.modules", node))
        else:
            self._mock(scope, node, meant)

    def _mock(self, scope: Scope, node: ast.Call, meant: str) -> None:
        if meant.startswith("monkeypatch."):
            if meant in {"monkeypatch.setattr", "monkeypatch.delattr"}:
                self._patch(scope, node, "monkeypatch")
            elif meant in {"monkeypatch.setenv", "monkeypatch.delenv"} and node.args:
                self.environ.append(self._sighting(scope, "declared", node, _text(node.args[0])))
            return
        if meant.startswith((*_MOCK_ROOTS, "mocker.")):
            rest = meant.partition("mock.")[2] if not meant.startswith("mocker.") else meant.partition(".")[2]
            if rest in MOCK_CLASSES:
                self.mocks.append(
                    self._sighting(scope, rest, node, _flags(node, bool(node.args)), self._role(scope, node))
                )
            elif rest == "create_autospec":
                self.mocks.append(self._sighting(scope, rest, node, "spec"))
            elif rest in {"patch", "patch.object", "patch.dict", "patch.multiple"}:
                self._patch(scope, node, rest)

    def _patch(self, scope: Scope, node: ast.Call, kind: str) -> None:
        first = node.args[0] if node.args else None
        flags = _flags(node, len(node.args) > (2 if kind == "patch.object" else 1))
        if kind == "patch.dict":
            target = _text(first) or self._meant(scope, first)
            if target in _ENVIRONS:
                self.environ.append(self._sighting(scope, "patch", node))
                return
            if target == "sys.modules":
                self.infrastructure.append(self._sighting(scope, "sys.modules", node))
        elif isinstance(first, ast.Constant):
            target = _text(first)
            kind = "patch" if kind == "monkeypatch" and len(node.args) == 2 else kind
            if len(node.args) == 2 and kind == "patch" and self._is_monkeypatch(node):
                kind = "monkeypatch"
        else:
            owner = self._meant(scope, first)
            attribute = _text(node.args[1]) if len(node.args) > 1 else ""
            target = f"{owner}.{attribute}" if owner and attribute else ""
            kind = "monkeypatch.object" if kind == "monkeypatch" else kind
        self.patches.append(self._sighting(scope, kind, node, target, flags))

    @staticmethod
    def _is_monkeypatch(node: ast.Call) -> bool:
        return dotted(node.func).startswith("monkeypatch.")

    def _process(self, scope: Scope, node: ast.Call) -> None:
        if not node.args:
            return
        first = node.args[0]
        parts = [_text(item) for item in (first.elts if isinstance(first, (ast.List, ast.Tuple)) else node.args)]
        if isinstance(first, (ast.Constant, ast.JoinedStr)):
            head = first if isinstance(first, ast.Constant) else (first.values[0] if first.values else first)
            parts = [*_text(head).split(), *parts[1:]]
        if parts and parts[0].rpartition("/")[2] in _CONTAINER_WORDS:
            self.infrastructure.append(self._sighting(scope, "container", node, " ".join(parts[:3]).strip()))
        elif "pytest" in parts[:4] or "py.test" in parts[:1]:
            self.infrastructure.append(self._sighting(scope, "pytest-process", node))

    def _assignment(self, scope: Scope, node: ast.AST) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
        for target in targets:
            if target.__class__ is not ast.Attribute or root(target) not in self._roots:
                continue
            meant = self._meant(scope, target)
            if meant == "sys.path":
                self.infrastructure.append(self._sighting(scope, "sys.path", node))
            elif meant in _ENVIRONS:
                self.environ.append(self._sighting(scope, "write", node))

    def _role(self, scope: Scope, node: ast.Call) -> str:
        """ "object" when attributes of its own are given or used, so that it stands for some real thing."""
        for item in scope.every(ast.Assign):
            assert isinstance(item, ast.Assign)
            if item.value is not node:
                continue
            target = dotted(item.targets[0])
            for use in scope.every(ast.Attribute):
                assert isinstance(use, ast.Attribute)
                if use.attr not in _MOCK_API and not use.attr.startswith("assert") and dotted(use.value) == target:
                    return "object"
        keywords = {keyword.arg for keyword in node.keywords if keyword.arg}
        own = keywords - {"return_value", "side_effect", "name", "spec", "spec_set", "wraps", "unsafe", "new_callable"}
        return "object" if own else ""

    def _module_marks(self, scope: Scope) -> Iterator[Sighting]:
        for node in scope.every(ast.Assign):
            assert isinstance(node, ast.Assign)
            if any(dotted(target) == "pytestmark" for target in node.targets):
                values = node.value.elts if isinstance(node.value, (ast.List, ast.Tuple)) else [node.value]
                for value in values:
                    called = value.func if isinstance(value, ast.Call) else value
                    yield self._sighting(scope, "mark", node, self._meant(scope, called))
        for statement in (*scope.every(ast.Assign), *scope.every(ast.AugAssign), *scope.every(ast.Expr)):
            for text in _ignored_files(statement):
                yield self._sighting(scope, "collect-ignore", statement, text)
        for node in scope.every(ast.If):
            assert isinstance(node, ast.If)
            if _is_main_guard(node):
                yield self._sighting(scope, "main-guard", node.test)

    def _meant(self, scope: Scope, node: ast.AST | None) -> str:
        name = dotted(node)
        return self._names.canonical(scope, name) if name else ""

    def _sighting(self, scope: Scope, kind: str, node: ast.AST, detail: str = "", extra: str = "") -> Sighting:
        place = span(node)
        return Sighting(kind, place, scope.qualname, self._source.digest(place), detail, extra)


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _flags(node: ast.Call, positional: bool) -> str:
    names = [keyword.arg or "**" for keyword in node.keywords]
    return ",".join([*names, *(["positional"] if positional else [])])


def _is_main_guard(node: ast.If) -> bool:
    test = node.test
    return isinstance(test, ast.Compare) and "__name__" in {
        dotted(test.left),
        *(dotted(item) for item in test.comparators),
    }


def _guarded(scope: Scope, node: ast.AST) -> str:
    """ "guard" when the call stands below `if __name__ == "__main__"`."""
    if scope.kind != "module":
        return ""
    place = span(node)
    for item in scope.every(ast.If):
        assert isinstance(item, ast.If)
        if _is_main_guard(item) and item.lineno <= place[0] <= (item.end_lineno or 0):
            return "guard"
    return ""


def _ignored_files(statement: ast.AST) -> list[str]:
    """The file patterns a statement adds to `collect_ignore` or `collect_ignore_glob`, whatever its condition."""
    if isinstance(statement, ast.Expr):
        called = statement.value.func if isinstance(statement.value, ast.Call) else None
        names = {dotted(called).partition(".")[0]}
    elif isinstance(statement, ast.Assign):
        names = {dotted(target) for target in statement.targets}
    else:
        names = {dotted(statement.target)}  # type: ignore[attr-defined]
    if names.isdisjoint({"collect_ignore", "collect_ignore_glob"}):
        return []
    return [
        node.value for node in ast.walk(statement) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
