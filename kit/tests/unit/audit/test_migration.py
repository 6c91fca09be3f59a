"""Migration changes what it is sure of, not one byte more, once, and says why it left the rest."""

from __future__ import annotations

import ast
import codecs
import io
from pathlib import Path

import pytest

from goldenpath import SSotMockFactory, migrate_legacy_mock_usage
from goldenpath.audit.migration import Migrated, migrate_file
from goldenpath.audit.migration.edits import Document, Edit, Unsafe
from goldenpath.audit.migration.offers import offer_for
from goldenpath.cli import main
from goldenpath.doubles.kinds.catalogue import INTERFACES


def migrated(text: str, package: str = "") -> str:
    return migrate_file(text.encode(), package).after.decode()


def reasons(result: Migrated) -> str:
    return "; ".join(refusal.reason for refusal in result.refusals)


def test_environment_reads_become_get_env() -> None:
    before = 'import os\n\nA = os.getenv("A")\nB = os.environ.get( "B",  "b" )  # kept\n'
    after = (
        'import os\nfrom goldenpath import get_env\n\nA = get_env().get("A")\nB = get_env().get( "B",  "b" )  # kept\n'
    )
    assert migrated(before) == after


@pytest.mark.parametrize(
    "text",
    [
        'import os\nA = os.environ["A"]\n',
        'import os\nos.environ["A"] = "1"\n',
        "import os\nA = os.getenv(*names)\n",
        'import os\nget_env = 1\nA = os.getenv("A")\n',
    ],
)
def test_what_is_not_certain_is_left_alone_with_a_reason(text: str) -> None:
    result = migrate_file(text.encode())
    assert not result.changed
    assert reasons(result)


def test_relative_imports_become_absolute() -> None:
    before = "from . import steps\nfrom .steps import (\n    outcome,  # kept\n)\nfrom ..shared import x\n"
    after = before.replace("from . ", "from tests.unit ").replace("from .steps", "from tests.unit.steps")
    assert migrated(before, "tests.unit") == after.replace("..shared", "tests.shared")
    assert migrated("from .import steps\n", "tests") == "from tests import steps\n"


def test_a_relative_import_that_leaves_the_package_is_left_alone() -> None:
    result = migrate_file(b"from ... import x\n", "tests.unit")
    assert not result.changed
    assert "not certain" in reasons(result)


def test_async_tests_of_a_plain_case_get_a_case_that_awaits() -> None:
    before = (
        "import unittest\n\n\nclass TestIt(unittest.TestCase):\n    async def test_it(self):\n        await run()\n"
    )
    assert migrated(before) == before.replace("unittest.TestCase", "unittest.IsolatedAsyncioTestCase")
    before = "from unittest import TestCase\n\n\nclass TestIt(TestCase):\n    async def test_it(self):\n        pass\n"
    after = migrated(before)
    assert "from unittest import IsolatedAsyncioTestCase\n" in after
    assert "class TestIt(IsolatedAsyncioTestCase):" in after


def test_a_case_that_runs_its_own_loop_is_left_alone() -> None:
    text = (
        "import asyncio\nimport unittest\n\n\nclass TestIt(unittest.TestCase):\n"
        "    def setUp(self):\n        asyncio.run(start())\n\n    async def test_it(self):\n        pass\n"
    )
    assert not migrate_file(text.encode()).changed


MOCKED = "from unittest.mock import AsyncMock\n\n\nasync def test_it():\n    websocket = AsyncMock()\n    {use}\n"


def test_a_mock_whose_every_use_is_covered_comes_from_the_factory() -> None:
    after = migrated(MOCKED.format(use='await websocket.send_text("x")'))
    assert "    websocket = SSotMockFactory.create_websocket_mock()\n" in after
    assert "from goldenpath import SSotMockFactory\n" in after


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("websocket.explode()", "does not promise explode"),
        ("await handle(websocket)", "passed on"),
        ("websocket = 1", "more than once"),
        ("handle(lambda: websocket)", "passed on"),
        ("websocket.send_text('x')", "send_text is async in the factory's double"),
    ],
)
def test_a_mock_with_a_use_that_is_not_covered_stays(use: str, reason: str) -> None:
    result = migrate_file(MOCKED.format(use=use).encode())
    assert not result.changed
    assert reason in reasons(result)


@pytest.mark.parametrize("name", sorted(INTERFACES))
def test_every_call_the_factory_is_asked_by_works(name: str) -> None:
    offer = offer_for(name)
    assert offer is not None
    made = eval(offer.call, {"SSotMockFactory": SSotMockFactory})
    assert all(hasattr(made, member) for member in offer.members)


IDLE = """\
import pytest


class MockWebSocket:
    \"\"\"Takes everything.\"\"\"

    async def send_text(self, data):
        pass

    async def accept(self, subprotocol=None):
        return None


class Kept:
    pass


async def test_it():
    websocket = MockWebSocket()
    await greet(websocket)
"""


def test_a_mock_class_that_does_nothing_comes_from_the_factory_and_goes_when_nobody_imports_it() -> None:
    for imported, stays in ((None, True), ({"MockWebSocket"}, True), (set(), False)):
        after = migrate_file(IDLE.encode(), imported=imported).after.decode()
        assert "    websocket = SSotMockFactory.create_websocket_mock()\n" in after
        assert ("class MockWebSocket:" in after) is stays
        assert "\n\n\nclass Kept:\n    pass\n\n\nasync def test_it():\n" in after


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("pass\n\n    async def accept", "self.sent = data\n\n    async def accept"), "does something of its own"),
        (("async def send_text", "def send_text"), "takes or gives something else"),
        (("send_text(self, data)", "send_text(self, text)"), "takes or gives something else"),
        (("send_text(self, data)", "send_text(self, data=None)"), "takes or gives something else"),
        (("send_text", "explode"), "does not promise"),
        (("class MockWebSocket:", "class MockWebSocket(Kept):"), "bases"),
        (("= MockWebSocket()", "= MockWebSocket"), "used for more"),
        (("greet(websocket)", "greet(websocket, 'MockWebSocket')"), "named in a text"),
    ],
)
def test_a_mock_class_that_does_more_stays_and_says_why(change: tuple[str, str], reason: str) -> None:
    result = migrate_file(IDLE.replace(*change).encode(), imported=set())
    assert not result.changed
    assert reason in reasons(result)


AWKWARD = {
    "carriage returns": b"import os\r\n\r\nA = os.getenv('A')\r\n",
    "old line ends": b"import os\rA = os.getenv('A')\r",
    "mixed line ends": b"import os\r\nA = os.getenv('A')\nB = 1\r\n",
    "byte-order mark": codecs.BOM_UTF8 + "import os\nÄ = os.getenv('Ä')\n".encode(),
    "no last newline": b"import os\nA = os.getenv('A')",
    "tabs": b"import os\nif 1:\n\tA = os.getenv('A')\n",
    "latin-1": "# -*- coding: latin-1 -*-\nimport os\nX = 'äöü'; A = os.getenv('ß')\n".encode("latin-1"),
    "form feed and odd spaces": "import os\n\x0c\nX = '\x0b\x1c\u2028 ü'\nA = os.getenv('A')\n".encode(),
    "wide characters before": "import os\nX = '🦄ü'; A = os.getenv('A')\n".encode(),
    "backslashes": b"import os\nA = os \\\n    . getenv('A')\n",
    "docstring": b'"""Text."""\n\nfrom __future__ import annotations\n\nimport os\n\nA = os.getenv("A")\n',
}


@pytest.mark.parametrize("name", AWKWARD)
def test_every_byte_outside_of_the_edits_stays(name: str) -> None:
    before = AWKWARD[name]
    result = migrate_file(before)
    assert result.changed
    newline = b"\r\n" if b"\r\n" in before else b"\r" if b"\r" in before else b"\n"
    undone = result.after.replace(newline + b"from goldenpath import get_env", b"")
    old = b"os \\\n    . getenv" if b"\\" in before else b"os.getenv"
    assert undone.replace(b"get_env().get", old) == before
    ast.parse(result.after)
    assert not migrate_file(result.after).changed


@pytest.mark.parametrize("data", [b"def (:\n", b"# coding: nonsense\n", b"\xff\xfe", b"x = '\0'\n"])
def test_a_file_that_cannot_be_read_is_left_alone_with_a_reason(data: bytes) -> None:
    result = migrate_file(data)
    assert result.after == data
    assert reasons(result)


def test_an_edit_that_would_change_the_tree_elsewhere_is_refused() -> None:
    document = Document(b"a = 1\nb = 2\n")
    with pytest.raises(Unsafe, match="outside of the edits"):
        document.applied([Edit(0, 0, "if a: ")])
    with pytest.raises(Unsafe, match="overlap"):
        document.applied([Edit(0, 3, "x"), Edit(2, 5, "y")])


def test_legacy_constructors_become_scenario_factories() -> None:
    source = (
        "from goldenpath import LegacyMockWebSocketManager, MockWebSocketManager\n\n"
        "a = MockWebSocketManager()\nb = LegacyMockWebSocketManager(strict_mode=True)\n"
        "c = LegacyMockWebSocketManager(strict_mode=False)\nd = MockWebSocketManager(config=x)\n"
    )
    after = migrate_legacy_mock_usage(source)
    assert "a = create_basic_mock()\nb = create_compliance_mock()\nc = create_basic_mock()\n" in after
    assert "d = MockWebSocketManager(config=x)\n" in after
    assert "from goldenpath import create_basic_mock, create_compliance_mock\n" in after
    assert migrate_legacy_mock_usage(after) == after


@pytest.mark.parametrize(
    "source",
    ["", "x = 1\n", "class MockWebSocketManager:\n    pass\n\n\na = MockWebSocketManager()\n", "# ümlaut only\r\n"],
)
def test_other_sources_come_back_as_they_were(source: str) -> None:
    assert migrate_legacy_mock_usage(source) == source


def test_a_source_that_does_not_parse_is_refused() -> None:
    with pytest.raises(ValueError, match="does not parse"):
        migrate_legacy_mock_usage("def (:")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    (root / "tests").mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "tests/test_a.py").write_text('import os\n\n\ndef test_a():\n    assert os.getenv("NOPE") is None\n')
    return root


def test_a_dry_run_prints_and_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "tests/test_a.py").read_bytes()
    assert main(["migrate", str(project), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert '+    assert get_env().get("NOPE") is None' in said
    assert "in 1 files would be made; 0 places left alone; nothing was written" in said
    assert (project / "tests/test_a.py").read_bytes() == before


def test_a_migration_can_be_undone_unless_the_file_changed_since(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "tests/test_a.py"
    before = path.read_bytes()
    assert main(["migrate", str(project)]) == 0
    assert b"get_env" in path.read_bytes()
    assert main(["migrate", str(project), "--undo"]) == 0
    assert path.read_bytes() == before
    assert main(["migrate", str(project)]) == 0
    path.write_bytes(path.read_bytes() + b"# mine\n")
    assert main(["migrate", str(project), "--undo"]) == 1
    assert "changed since, left alone" in capsys.readouterr().out
    assert main(["migrate", str(project), "--undo"]) == 2


def test_verify_puts_back_a_file_whose_tests_fail_afterwards(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "tests/test_a.py"
    path.write_text(
        "import os\nfrom pathlib import Path\n\n\ndef test_a():\n    os.getenv('NOPE')\n"
        "    assert 'get' + '_env' not in Path(__file__).read_text()\n\n\ndef test_fails_anyway():\n    assert 0\n"
    )
    before = path.read_bytes()
    assert main(["migrate", str(project), "--verify"]) == 1
    assert "put back" in capsys.readouterr().out
    assert path.read_bytes() == before


def test_whoever_asks_is_asked_before_each_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = project / "tests/test_b.py"
    other.write_text('import os\n\n\ndef test_b():\n    assert os.getenv("NO") is None\n')
    monkeypatch.setattr("sys.stdin", io.StringIO("n\nyes\n"))
    assert main(["migrate", str(project), "--interactive"]) == 0
    assert "Rewrite tests/test_a.py? [y/N]" in capsys.readouterr().out
    assert "get_env" not in (project / "tests/test_a.py").read_text()
    assert "get_env" in other.read_text()


def test_legacy_constructors_and_clusters_are_part_of_the_command(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "tests/test_a.py").write_text(
        "from goldenpath import MockWebSocketManager\n\nm = MockWebSocketManager()\n"
    )
    (project / "tests/test_b.py").write_text(IDLE)
    (project / "tests/test_c.py").write_text(IDLE.replace("accept", "explode"))
    assert main(["migrate", str(project), "--clusters"]) == 0
    shown = capsys.readouterr().out
    assert "tests/test_b.py:4 MockWebSocket: accept, send_text; lacks explode" in shown
    assert "covered by create_websocket_mock" in shown
    assert "create_websocket_mock covers 1 of 2, not explode" in shown
    assert main(["migrate", str(project), "--only", "legacy"]) == 0
    assert "m = create_basic_mock()" in (project / "tests/test_a.py").read_text()


def test_verify_says_when_there_is_nothing_to_run_tests_with(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project / "tests/test_a.py").read_bytes()
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert main(["migrate", str(project), "--verify"]) == 2
    assert "--verify cannot run pytest on tests/test_a.py" in capsys.readouterr().err
    assert (project / "tests/test_a.py").read_bytes() == before


def test_what_was_written_before_an_interruption_can_be_undone(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = project / "tests/test_a.py", project / "tests/test_b.py"
    second.write_text('import os\n\n\ndef test_b():\n    assert os.getenv("NO") is None\n')
    before = first.read_bytes()

    class Interrupted(io.StringIO):
        def readline(self, size: int | None = -1) -> str:
            if line := super().readline(size or -1):
                return line
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted("y\n"))
    assert main(["migrate", str(project), "--interactive"]) == 130
    assert first.read_bytes() != before
    assert main(["migrate", str(project), "--undo"]) == 0
    assert first.read_bytes() == before
    assert "1 files put back" in capsys.readouterr().out


def test_what_a_source_warns_about_is_not_the_migration_s_business() -> None:
    assert "get_env().get('A')" in migrated("import os\n\nX = '\\d'\nY = os.getenv('A')\n")
