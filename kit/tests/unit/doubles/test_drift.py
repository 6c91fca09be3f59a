from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from goldenpath.doubles.bindings import BindingError, ClassNotFoundError, bound_interfaces, nearest_pyproject
from goldenpath.doubles.drift import DriftReport, compare, verify_doubles


class Agent(Protocol):
    agent_type: str

    @property
    def busy(self) -> bool: ...
    async def execute(self, request: str, timeout: float = 1.0, *, trace: bool = False) -> dict[str, Any]: ...
    def capabilities(self) -> list[str]: ...
    def events(self) -> AsyncIterator[str]: ...


HONEST = """
class Agent:
    def __init__(self, agent_type):
        self.agent_type = agent_type
    @property
    def busy(self): return False
    async def execute(self, request, timeout=1.0, *, trace=False): ...
    def capabilities(self): ...
    async def events(self):
        yield ""
"""

PLANTED = {
    "missing member": ("def capabilities(self): ...", "", "agent.capabilities: missing-member"),
    "missing attribute": ("self.agent_type", "self.other", "agent.agent_type: missing-member"),
    "extra parameter": (
        "trace=False)",
        "trace=False, user)",
        "agent.execute: extra-parameter: the interface has none, the real class has user",
    ),
    "missing parameter": (
        ", *, trace=False",
        "",
        "agent.execute: missing-parameter: the interface has trace: 'bool' = False",
    ),
    "renamed parameter": (
        "request,",
        "prompt,",
        "agent.execute: renamed-parameter: the interface has request: 'str', the real class has prompt",
    ),
    "async to sync": (
        "async def execute",
        "def execute",
        "agent.execute: async-or-sync: the interface has an async method, the real class has a sync method",
    ),
    "sync to async": ("def capabilities", "async def capabilities", "agent.capabilities: async-or-sync"),
    "property to method": (
        "@property",
        "",
        "agent.busy: called-or-read: the interface has a property, the real class has a sync method",
    ),
    "method to property": ("def capabilities", "@property\n    def capabilities", "agent.capabilities: called-or-read"),
    "changed default": (
        "timeout=1.0",
        "timeout=2.0",
        "agent.execute: default: the interface has timeout: 'float' = 1.0, the real class has timeout=2.0",
    ),
    "lost default": (
        "timeout=1.0",
        "timeout",
        "agent.execute: default: the interface has timeout: 'float' = 1.0, the real class has timeout",
    ),
    "keyword-only parameter": (
        "*, trace",
        "trace",
        "agent.execute: parameter-kind: the interface has trace: 'bool' = False (keyword-only)",
    ),
    "stream to value": ("yield", "return", "agent.events: async-or-sync"),
    "removed class": (
        "class Agent",
        "class Assistant",
        "agent: missing-class: the interface has Agent, the real class has none: ",
    ),
}


def bound(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch, line: str = 'agent = "planted:Agent"') -> Path:
    """A project whose `planted` module holds the source; a fresh one every time."""
    name = f"planted_{folder.name.translate(str.maketrans('[]-', '___'))}"
    (folder / f"{name}.py").write_text(source)
    pyproject = folder / "pyproject.toml"
    pyproject.write_text(
        "\n".join(["[project]", 'name = "x"', "[tool.goldenpath.interfaces]", line.replace("planted", name), ""])
    )
    monkeypatch.syspath_prepend(folder)
    return pyproject


def test_a_class_that_offers_the_interface_has_no_drift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = verify_doubles(bound(tmp_path, HONEST, monkeypatch), {"agent": Agent})
    assert (report.ok, str(report)) == (True, "1 bound (agent), 0 differences")


@pytest.mark.parametrize(("old", "new", "expected"), PLANTED.values(), ids=PLANTED)
def test_every_planted_drift_is_found_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, expected: str
) -> None:
    assert HONEST.count(old) == 1
    report = verify_doubles(bound(tmp_path, HONEST.replace(old, new), monkeypatch), {"agent": Agent})
    assert not report.ok
    assert str(report.differences[0]).startswith(expected)


def test_only_the_planted_drift_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = verify_doubles(bound(tmp_path, HONEST.replace("request,", "prompt,"), monkeypatch), {"agent": Agent})
    assert [difference.what.value for difference in report.differences] == ["renamed-parameter"]
    assert str(report).splitlines()[0] == "1 bound (agent), 1 difference"


def test_nothing_bound_is_no_success() -> None:
    report = DriftReport((), ())
    assert not report.ok
    assert str(report).startswith("nothing is bound, so nothing was compared")


def test_an_interface_does_not_drift_from_itself() -> None:
    assert compare(Agent, Agent) == []


BAD = {
    "no module": ('agent = "no_such_module_x:Agent"', "there is no module 'no_such_module_x'; is it installed"),
    "no submodule": ('agent = "json.nothing:Agent"', "there is no module 'json.nothing'"),
    "no such name": (
        'agent = "json:JSONDecodr"',
        "module 'json' has no class 'JSONDecodr'; did you mean 'JSONDecoder'?",
    ),
    "no class": ('agent = "json:dumps"', "'dumps' is no class but <function dumps"),
    "not written as one": ('agent = "json.JSONDecoder"', 'a binding is written kind = "module:Class"'),
    "not text": ("agent = 3", 'a binding is written kind = "module:Class"'),
    "no such kind": (
        'agnet = "json:JSONDecoder"',
        "there is no kind 'agnet'; did you mean 'agent'? The kinds are: agent, tool",
    ),
    "broken module": ('agent = "planted:Agent"', "importing 'planted_.*' failed: ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize(("line", "message"), BAD.values(), ids=BAD)
def test_a_bad_binding_names_the_line_and_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    pyproject = bound(tmp_path, "1 / 0", monkeypatch, line)
    with pytest.raises(BindingError, match=message.replace("?", r"\?")) as caught:
        bound_interfaces(pyproject, ["agent", "tool"])
    assert str(caught.value).startswith(f"{pyproject}:4: ag")


def test_a_module_that_misses_a_dependency_is_told_apart_from_a_missing_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pyproject = bound(tmp_path, "import no_such_dependency_x", monkeypatch)
    with pytest.raises(BindingError, match=r"importing .* failed: No module named 'no_such_dependency_x'") as caught:
        bound_interfaces(pyproject)
    assert not isinstance(caught.value, ClassNotFoundError)


def test_a_nested_class_can_be_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = "class Outer:\n    class Inner: ..."
    pyproject = bound(tmp_path, source, monkeypatch, 'agent = "planted:Outer.Inner"')
    assert bound_interfaces(pyproject)["agent"].__name__ == "Inner"


@pytest.mark.parametrize("text", ["[tool", "[tool.goldenpath]\ninterfaces = 3", "tool = 3"])
def test_a_file_that_holds_no_table_is_refused_by_name(tmp_path: Path, text: str) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(text)
    with pytest.raises(BindingError, match=r"pyproject\.toml"):
        bound_interfaces(pyproject)


def test_the_nearest_pyproject_is_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyproject = bound(tmp_path, HONEST, monkeypatch)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert nearest_pyproject() == pyproject
    assert list(bound_interfaces()) == ["agent"]


@pytest.mark.parametrize(
    "table",
    ['[tool.goldenpath]\ninterfaces = {agent = "json:nope"}', '[tool.goldenpath]\ninterfaces.agent = "json:nope"'],
)
def test_the_line_is_found_in_other_spellings_of_the_table(tmp_path: Path, table: str) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(table)
    with pytest.raises(ClassNotFoundError, match=r"pyproject\.toml:2: agent"):
        bound_interfaces(pyproject)
