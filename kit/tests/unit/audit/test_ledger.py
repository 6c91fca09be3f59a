"""The baseline knows findings by identity, only shrinks, and cannot be gamed by counting."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from goldenpath.audit import Finding, Report
from goldenpath.audit.auditing import shrunk
from goldenpath.audit.baseline import Baseline, BaselineError

Tree = Callable[[dict[str, str]], Path]
Audit = Callable[..., Report]
EMPTY = "def test_{0}():\n    pass\n"
FULL = "def test_{0}():\n    assert run() == {0!r}\n"
BASELINE = ".goldenpath-audit-baseline.json"


def accept(audited: Audit, root: Path) -> Baseline:
    report = audited(root)
    baseline = Baseline.of(report.findings, report.score.value)
    baseline.save(root / BASELINE)
    return baseline


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_an_accepted_finding_is_known_and_a_second_one_is_new(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a")})
    accept(audited, root)
    tree({"tests/test_a.py": EMPTY.format("a") + "\n\n" + EMPTY.format("b")})
    report = audited(root)
    assert rules(report.known) == ["GP601"]
    assert [finding.scope for finding in report.new if finding.rule == "GP601"] == ["test_b"]


def test_a_swap_that_keeps_the_count_is_named(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a") + "\n\n" + FULL.format("b")})
    accept(audited, root)
    tree({"tests/test_a.py": FULL.format("a") + "\n\n" + EMPTY.format("b")})
    report = audited(root)
    assert sorted(rules(report.new)) == ["GP601", "GP902"]


def test_a_fixed_finding_leaves_the_baseline_and_nothing_enters_it(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a"), "tests/test_b.py": EMPTY.format("b")})
    before = accept(audited, root)
    tree({"tests/test_a.py": FULL.format("a"), "tests/test_c.py": EMPTY.format("c")})
    after = shrunk(audited(root), before)
    assert {entry[1] for entry in after.entries} == {"tests/test_b.py"}


def test_a_partial_run_prunes_only_what_it_looked_at(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a"), "tests/test_b.py": EMPTY.format("b")})
    before = accept(audited, root)
    tree({"tests/test_a.py": FULL.format("a"), "tests/test_b.py": FULL.format("b")})
    by_path = shrunk(audited(root, paths=[root / "tests/test_a.py"]), before)
    assert {entry[1] for entry in by_path.entries} == {"tests/test_b.py"}
    by_rule = shrunk(audited(root, rules=("GP5",)), before)
    assert by_rule.entries == before.entries


def test_a_renamed_file_keeps_its_accepted_findings(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a")})
    before = accept(audited, root)
    (root / "tests/test_a.py").rename(root / "tests/test_z.py")
    report = audited(root)
    assert report.new == []
    assert {entry[1] for entry in shrunk(report, before).entries} == {"tests/test_z.py"}


def test_where_the_baseline_is_locked_a_fixed_entry_fails(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a")})
    accept(audited, root)
    tree({"tests/test_a.py": FULL.format("a")})
    assert rules(audited(root, locked=True).new) == ["GP903"]
    assert rules(audited(root).new) == []


def test_a_baseline_that_grew_against_its_reference_is_named(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a")})
    reference = accept(audited, root)
    tree({"tests/test_a.py": EMPTY.format("a") + "\n\n" + EMPTY.format("b")})
    accept(audited, root)
    report = audited(root, reference=reference)
    assert "GP901" in rules(report.new)
    assert "GP901" not in rules(audited(root, reference=Baseline.load(root / BASELINE)).new)


def test_a_lower_score_than_the_baseline_s_is_named_and_a_partial_run_says_nothing(tree: Tree, audited: Audit) -> None:
    root = tree({"tests/test_a.py": FULL.format("a"), "tests/test_b.py": FULL.format("b")})
    accept(audited, root)
    tree({"tests/test_a.py": EMPTY.format("a")})
    assert "GP906" in rules(audited(root).new)
    assert "GP906" not in rules(audited(root, paths=[root / "tests/test_a.py"]).new)


def test_a_suppression_covers_its_rule_in_its_place_until_its_day(tree: Tree, audited: Audit) -> None:
    comment = '# goldenpath: ignore[GP601] reason="later" until={}\n'
    root = tree({"tests/test_a.py": comment.format("2026-11-21") + EMPTY.format("a")})
    report = audited(root)
    assert (rules(report.suppressed), report.new) == (["GP601"], [])
    tree({"tests/test_a.py": comment.format("2026-11-20") + EMPTY.format("a")})
    assert sorted(rules(audited(root).new)) == ["GP601", "GP905"]


def test_a_file_wide_suppression_covers_the_file(tree: Tree, audited: Audit) -> None:
    text = '# goldenpath: ignore-file[GP601] reason="generated"\n' + EMPTY.format("a") + "\n\n" + EMPTY.format("b")
    assert len(audited(tree({"tests/test_a.py": text})).suppressed) == 2


def test_a_suppression_above_decorators_covers_the_function(tree: Tree, audited: Audit) -> None:
    text = (
        "import pytest\n\n\n"
        '# goldenpath: ignore[GP602] reason="smoke"\n'
        '@pytest.mark.parametrize(\n    "x", [1]\n)\ndef test_a(x):\n    run()\n'
    )
    report = audited(tree({"tests/test_a.py": text}))
    assert (rules(report.suppressed), rules(report.new)) == (["GP602"], [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"format": "other", "version": 1, "findings": {}}', "not an audit baseline"),
        ('{"format": "goldenpath-audit-baseline", "version": 9, "findings": {}}', "version 9"),
        ('{"format": "goldenpath-audit-baseline", "version": 1, "findings": {"a.py": ["GP601"]}}', "damaged"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused_by_name(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text(text)
    with pytest.raises(BaselineError, match=f"kept.json.*{said}"):
        Baseline.load(path)


def test_a_baseline_survives_being_written_and_read(tree: Tree, audited: Audit, tmp_path: Path) -> None:
    root = tree({"tests/test_a.py": EMPTY.format("a") + "\n\nimport os\n\nos.environ['X'] = '1'\n"})
    baseline = accept(audited, root)
    assert len(baseline.entries) == 2
    assert Baseline.load(root / BASELINE) == baseline


def test_edits_that_move_but_do_not_worsen_reopen_nothing_and_every_planted_swap_is_caught(
    tree: Tree, audited: Audit
) -> None:
    chance = random.Random(7)
    functions = [EMPTY.format(name) for name in "abcd"] + [
        f"def test_environ_{name}():\n    os.environ['{name}'] = \"1\"\n    assert run(\n        '{name}')\n"
        for name in "efgh"
    ]
    root = tree({"tests/test_a.py": "import os\n\n\n" + "\n\n".join(functions)})
    accept(audited, root)
    for _ in range(120):
        chance.shuffle(functions)
        moved = [_reformatted(text, chance) for text in functions]
        tree({"tests/test_a.py": "import os\n\n" + "\n" * chance.randrange(9) + "\n\n".join(moved)})
        assert audited(root).new == []
        mended = chance.choice("abcd")
        swapped = [
            text.replace("    pass", "    assert run()") if f"test_{mended}(" in text else text for text in moved
        ]
        tree({"tests/test_a.py": "import os\n\n\n" + "\n\n".join([*swapped, EMPTY.format("planted")])})
        assert {"GP601", "GP902"} <= set(rules(audited(root).new))


def _reformatted(text: str, chance: random.Random) -> str:
    if chance.random() < 0.5:
        text = text.replace("'", '"')
    if chance.random() < 0.5:
        text = text.replace("):\n", "):\n    # a comment\n")
    if chance.random() < 0.5:
        text = text.replace("os.environ[", "os.environ[\n        ").replace('"] = ', '"\n    ] = ')
    return text
