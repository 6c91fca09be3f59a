"""A generated project of any size with the sins sprinkled in: what the audit is measured on."""

from __future__ import annotations

import random
from pathlib import Path

PACKAGES = 100
_LINES = 400
_VERBS = ("load", "save", "find", "drop", "send", "price", "count", "merge", "split", "check")
_NOUNS = ("order", "user", "cart", "agent", "thread", "ticket", "run", "event", "tenant", "token")

_CLASS = '''
class {Name}{index}:
    """Keeps the {noun}s of one tenant."""

    def __init__(self, tenant: str, limit: int = {number}) -> None:
        self.tenant = tenant
        self.limit = limit
        self._kept: dict[str, {Name}Record{index}] = {{}}

    async def {verb}(self, key: str, *, strict: bool = False) -> str | None:
        """Answer with the {noun} of a key."""
        if strict and key not in self._kept:
            raise KeyError(f"{{self.tenant}} has no {noun} {{key!r}}")
        record = self._kept.get(key)
        return record.text if record is not None else None

    def {verb2}_all(self, items: list[str]) -> list[str]:
        found = []
        for number, item in enumerate(items):
            if number >= self.limit:
                break
            if item.startswith("{noun}:"):
                found.append(item.removeprefix("{noun}:"))
            elif ":" in item:
                kind, _, rest = item.partition(":")
                found.append(f"{{kind.upper()}}-{{rest.strip()}}")
        return sorted(found, key=lambda each: (len(each), each))

    @property
    def size(self) -> int:
        return len(self._kept)


class {Name}Record{index}:
    __slots__ = ("text", "version")

    def __init__(self, text: str, version: int = 1) -> None:
        self.text = text
        self.version = version
'''

_TEST = """
def test_{verb}_{noun}_{index}(tmp_path):
    store = {Name}{index}(tenant="acme", limit={number})
    items = [f"{noun}:{{n}}" for n in range({turn}, {number})]
    found = store.{verb2}_all(items)
    assert len(found) == min(len(items), store.limit)
    assert found == sorted(found, key=lambda each: (len(each), each)), "keeps the order"
    assert store.size == 0


@pytest.mark.parametrize("kind", ["{verb}", "{verb2}", "other"])
def test_{noun}_{index}_by_kind(kind, monkeypatch):
    monkeypatch.setenv("REGION", kind)
    store = {Name}{index}("acme-{turn}")
    answer = store.{verb2}_all([f"{{kind}}: {noun}", "plain"])
    expected = {{"{verb}": 1, "{verb2}": 1, "other": 1}}
    assert len(answer) == expected[kind]
    for item in answer:
        assert item.startswith(kind.upper())
"""

_MODULE_HEAD = '''"""Generated."""

from __future__ import annotations

import json
import logging

log = logging.getLogger(__name__)
'''

_SINS = (
    """
class Mock{Name}Store:
    async def {verb}(self, key, *, strict=False):
        return key

    def {verb2}_all(self, items):
        return list(items)
""",
    """
class Test{Name}{index}Made:
    def __init__(self):
        self.made = []

    def test_made_{index}(self):
        assert self.made == []
""",
    """
def test_nothing_{index}():
    pass
""",
    """
def test_swallowed_{index}():
    try:
        assert {Name}{index}("acme").size == 1
    except Exception:
        pass
""",
    """
def test_region_{index}():
    assert os.environ["REGION"] == "eu"
""",
    """
def test_mocked_{index}():
    thing = MagicMock()
    thing.{verb}.return_value = {number}
    assert thing.{verb}() == {number}
""",
    """
class Plain{index}Case(unittest.TestCase):
    async def test_never_{index}(self):
        self.assertEqual(1, await later())
""",
    """
def test_true_{index}():
    {Name}{index}("acme")
    assert True
""",
)


def plant(root: Path, files: int, seed: int = 1) -> int:
    """Write the project below a root; the number of lines written."""
    chance = random.Random(seed)
    (root / "pyproject.toml").write_text('[project]\nname = "generated"\nrequires-python = ">=3.11"\n')
    written = 0
    for number in range(files // 2):
        package = f"pack{number % PACKAGES}"
        folder = root / "src" / package
        tests = root / "tests" / ("unit", "unit", "integration")[number % 3] / package
        if number < PACKAGES:
            folder.mkdir(parents=True)
            (folder / "__init__.py").write_text("")
        tests.mkdir(parents=True, exist_ok=True)
        names = {
            "Name": chance.choice(_NOUNS).title(),
            "noun": chance.choice(_NOUNS),
            "verb": chance.choice(_VERBS[:5]),
            "verb2": chance.choice(_VERBS[5:]),
        }
        module, classes = _module(names, number, chance)
        written += _write(folder / f"part{number}.py", module)
        written += _write(tests / f"test_part{number}.py", _tests(names, package, number, classes, chance))
    return written


def _write(path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    return text.count("\n")


def _module(names: dict[str, str], number: int, chance: random.Random) -> tuple[str, list[int]]:
    parts = [_MODULE_HEAD]
    classes = []
    lines = 8
    while lines < _LINES:
        index = number * 100 + len(classes)
        text = _CLASS.format(index=index, number=chance.randrange(2, 99), **names)
        classes.append(index)
        parts.append(text)
        lines += text.count("\n")
    return "".join(parts), classes


def _tests(names: dict[str, str], package: str, number: int, classes: list[int], chance: random.Random) -> str:
    name = names["Name"]
    imported = "".join(f"    {name}{index},\n" for index in classes)
    head = (
        "from __future__ import annotations\n\nimport os\nimport unittest\n"
        "from unittest.mock import MagicMock\n\nimport pytest\n\n"
        f"from {package}.part{number} import (\n{imported})\n"
    )
    parts = [head]
    lines = head.count("\n")
    turn = 0
    while lines < _LINES:
        index = classes[turn % len(classes)]
        turn += 1
        values = {"index": index, "turn": turn, "number": chance.randrange(2, 99), **names}
        text = _TEST.replace("_{index}", f"_{{index}}_{turn}").format(**values)
        if chance.random() < 0.05:
            sin = chance.choice(_SINS).replace("_{index}", f"_{{index}}_{turn}")
            text += "\n" + sin.format(**values)
        parts.append(text)
        lines += text.count("\n")
    return "\n".join(parts)
