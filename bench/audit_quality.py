"""How right the audit is: seeded violations found, look-alikes left alone, baselines kept, migrations harmless."""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

from _measuring import machine
from _tree import plant

from goldenpath.audit import Report, Request, audit
from goldenpath.audit.baseline import Baseline
from goldenpath.audit.catalogue import catalogue, page
from goldenpath.audit.examples import Example, examples, sections
from goldenpath.audit.migration import migrate_file

WANTED = 30
WRITTEN = (b"get_env", b"SSotMockFactory", b"IsolatedAsyncioTestCase")
TODAY = date(2026, 11, 21)
_OTHER_WORDS = {
    "orders": ("tickets", "parcels", "invoices", "visits", "claims", "loans", "tasks", "notes"),
    "Orders": ("Tickets", "Parcels", "Invoices", "Visits", "Claims", "Loans", "Tasks", "Notes"),
    "total": ("balance", "amount", "figure", "outcome_of", "volume", "weight", "score", "rank"),
    "shop": ("depot", "bank", "clinic", "library", "garage", "school", "hotel", "farm"),
    "UserStore": ("ThreadStore", "AgentStore", "RunCache", "TenantBook", "EventLog", "KeyRing", "JobTable", "NoteBox"),
    "test_it": (
        "test_one",
        "test_works",
        "test_case_7",
        "test_ünïcode",
        "test_x",
        "test_long_name_of_it",
        "test_b",
        "test_c",
    ),
}


def disguised(example: Example, number: int) -> Example:
    """The same project in other words and another layout: names, line ends, indentation, noise around it."""
    chance = random.Random(number)
    files = {}
    for path, text in example.files.items():
        for word, others in _OTHER_WORDS.items():
            other = others[number % len(others)]
            text = text.replace(word, other)
            path = path.replace(word, other)
        if (
            path.endswith(".py")
            and text.strip()
            and "__future__" not in text
            and not text.startswith(("import math  #", "import subprocess  #"))
        ):
            text = '"""Words."""\n\n' * (number % 2) + text
            if "# GP503" not in text and "# GP702" not in text:
                text = f"NOISE_{number} = [{chance.randrange(99)}]\n" * (number % 3 == 2) + text
        if number % 4 == 1:
            text = text.replace("    ", "\t")
        if number % 5 == 3:
            text = text.replace("\n", "\r\n")
        files[path] = text
    return Example(files)


def judged(example: Example, root: Path) -> Report:
    """Write an example below a root and audit it."""
    for name, text in {"pyproject.toml": "", **example.files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return audit(Request(paths=[root], cache=root / ".facts", today=TODAY, keep_facts=False))


def rule_quality(rule: str, scratch: Path) -> dict[str, float]:
    """Seeded violations found, look-alikes left alone."""
    parts = sections(page(rule))
    wrong = [example for example in examples(parts["Example"]) if example.marked(rule)]
    right = [each for heading in ("Use instead", "Look-alikes that are fine") for each in examples(parts[heading])]
    seeded = found = alarms = alike = number = 0
    while wrong and seeded < WANTED:
        for example in wrong:
            variant = disguised(example, number)
            report = judged(variant, scratch / f"{rule}-wrong-{number}")
            places = {(finding.path, finding.line) for finding in report.findings if finding.rule == rule}
            expected = variant.marked(rule)
            seeded += len(expected)
            found += len(expected & places)
            alarms += len(places - expected)
            number += 1
    number = 0
    while right and alike < WANTED:
        for example in right:
            report = judged(disguised(example, number), scratch / f"{rule}-right-{number}")
            alarms += sum(1 for finding in report.findings if finding.rule == rule)
            alike += sum(text.count("def ") + text.count("class ") or 1 for text in example.files.values())
            number += 1
    return quality_of(seeded, found, alike, alarms)


def quality_of(seeded: int, found: int, alike: int, alarms: int) -> dict[str, float]:
    """What was counted, as shares."""
    return {
        "seeded": seeded,
        "found": found,
        "recall": found / seeded if seeded else 1.0,
        "look_alikes": alike,
        "false_alarms": alarms,
        "precision": found / (found + alarms) if found + alarms else 1.0,
    }


EMPTY = "def test_{0}():\n    pass\n"
READS = "def test_{0}():\n    value = os.environ['{0}']\n    assert run(\n        value)\n"


def baseline_quality(scratch: Path, edits: int) -> dict[str, object]:
    """Edits that move but do not worsen reopen nothing; planted swaps are caught."""
    chance = random.Random(11)
    root = scratch / "baseline"
    functions = [EMPTY.format(name) for name in "abcd"] + [READS.format(name) for name in "efgh"]

    def look(parts: list[str]) -> Report:
        return judged(Example({"tests/test_a.py": "import os\n\n\n" + "\n\n".join(parts)}), root)

    first = look(functions)
    Baseline.of(first.findings, first.score.value).save(root / ".goldenpath-audit-baseline.json")
    reopened = caught = planted = 0
    for number in range(edits):
        chance.shuffle(functions)
        moved = [moved_about(text, chance) for text in functions]
        reopened += len(look(moved).new)
        if number % 10 == 0:
            gone = chance.choice("abcd")
            swap = [text.replace("    pass", "    assert run()") if f"test_{gone}(" in text else text for text in moved]
            planted += 1
            caught += {"GP601", "GP902"} <= {finding.rule for finding in look([*swap, EMPTY.format("new")]).new}
    return {"edits": edits, "reopened": reopened, "swaps_planted": planted, "swaps_caught": caught}


def books_quality(scratch: Path) -> dict[str, dict[str, float]]:
    """The rules about the books, seeded in baselines: what grew or fell is named, what did not is left alone."""
    root = scratch / "books"
    path = root / ".goldenpath-audit-baseline.json"
    tallies = {rule: Counter[str]() for rule in ("GP901", "GP902", "GP906")}

    def tally(rule: str, wrong: bool, reference: Baseline | None = None) -> None:
        found = rule in {finding.rule for finding in audit_of(root, reference).new}
        tallies[rule].update({"seeded": wrong, "found": wrong and found, "alike": not wrong, "alarms": found > wrong})

    for number in range(WANTED):
        names = [f"{number}_{letter}" for letter in "abcd"[: 2 + number % 3]]
        functions = [EMPTY.format(name) for name in names]
        before = judged(Example({"tests/test_a.py": "\n\n".join(functions)}), root)
        accepted = Baseline.of(before.findings, before.score.value)
        smaller = Baseline(frozenset(sorted(accepted.entries)[1:]), accepted.score)
        accepted.save(path)
        tally("GP901", wrong=True, reference=smaller)
        tally("GP901", wrong=False, reference=accepted)
        tally("GP906", wrong=False)
        tally("GP902", wrong=False)
        Baseline(accepted.entries, min(100.0, accepted.score + 0.5 + number % 7)).save(path)
        tally("GP906", wrong=True)
        accepted.save(path)
        mended = [text.replace("    pass", "    assert run()") for text in functions[:1]]
        swapped = [*mended, *functions[1:], EMPTY.format(f"{number}_new")]
        (root / "tests/test_a.py").write_text("\n\n".join(swapped))
        tally("GP902", wrong=True)
        path.unlink()
    return {
        rule: quality_of(tally["seeded"], tally["found"], tally["alike"], tally["alarms"])
        for rule, tally in tallies.items()
    }


def audit_of(root: Path, reference: Baseline | None) -> Report:
    """A project as it lies there, its baseline compared with another one."""
    return audit(Request(paths=[root], cache=root.with_suffix(".facts"), today=TODAY, reference=reference))


def moved_about(text: str, chance: random.Random) -> str:
    """Harmless edits: comments, quotes, line breaks, and code of another kind above."""
    if chance.random() < 0.5:
        text = text.replace("'", '"')
    if chance.random() < 0.5:
        text = text.replace("):\n", "):\n    # a comment\n")
    if chance.random() < 0.5:
        text = text.replace("os.environ[", "os.environ[  # here\n        ")
    if chance.random() < 0.3:
        text = f"LIMIT_{chance.randrange(9)} = {chance.randrange(99)}\n\n\n{text}"
    if chance.random() < 0.3:
        text = f"def helper_{chance.randrange(10**6)}(value):\n    return value\n\n\n{text}"
    return text


def migration_quality(scratch: Path, files: int) -> dict[str, object]:
    """Nothing broken, nothing left for a second run, the same tests collected."""
    root = scratch / "migration"
    root.mkdir()
    plant(root, files)
    chance = random.Random(5)
    paths = sorted(root.glob("tests/**/*.py"))
    for path in paths:
        data = path.read_bytes().replace(b'os.environ["REGION"] == "eu"', b'os.getenv("REGION") == "eu"')
        layout = chance.randrange(5)
        if layout == 1:
            data = data.replace(b"\n", b"\r\n")
        elif layout == 2:
            data = b"\xef\xbb\xbf" + data
        elif layout == 3:
            data = data.rstrip(b"\n")
        elif layout == 4:
            data = b"# -*- coding: latin-1 -*-\n# \xe4\xf6\xfc\n" + data
        path.write_bytes(data)
    before = collected(root)
    edits = broken = again = stray = 0
    for path in paths:
        result = migrate_file(path.read_bytes())
        edits += result.edits
        stray += stray_lines(result.before, result.after)
        path.write_bytes(result.after)
        again += migrate_file(result.after).edits
        try:
            ast.parse(result.after)
        except SyntaxError:
            broken += 1
    return {
        "files": len(paths),
        "edits": edits,
        "broken": broken,
        "lines_changed_elsewhere": stray,
        "edits_of_a_second_run": again,
        "collected_tests_unchanged": collected(root) == before,
        "collected": len(before),
    }


def stray_lines(before: bytes, after: bytes) -> int:
    """Lines that changed, to the last byte, although nothing on them is what a migration writes."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    stray = 0
    for kind, first, last, start, end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        written = [line for line in new[start:end] if any(word in line for word in WRITTEN)]
        endings = {line[len(line.rstrip(b"\r\n")) :] for line in old[first:last]}
        kept = kind == "insert" or endings == {line[len(line.rstrip(b"\r\n")) :] for line in new[start:end]}
        stray += (end - start - len(written)) + (not kept) + (kind == "delete") * (last - first)
    return stray


def collected(root: Path) -> list[str]:
    """What pytest collects."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--collect-only",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
    ]
    command += ["-o", "pythonpath=src", "-W", "ignore", "tests"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [line for line in answer.stdout.splitlines() if "::" in line]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--files", type=int, default=200, help="files of the tree that is migrated")
    parser.add_argument("--edits", type=int, default=1000, help="random edits of the baseline's trial")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        rules = {
            rule: rule_quality(rule, scratch)
            for rule in catalogue()
            if any(example.marked(rule) for example in examples(sections(page(rule))["Example"]))
        }
        rules |= books_quality(scratch)
        unseeded = sorted(set(catalogue()) - set(rules))
        figures: dict[str, dict[str, object]] = {
            "rules": dict(rules),
            "baseline": baseline_quality(scratch, options.edits),
            "migration": migration_quality(scratch, options.files),
            "machine": machine(),
        }
    if options.json:
        print(json.dumps(figures))
    else:
        for rule, quality in rules.items():
            print(f"{rule}  " + "  ".join(f"{name} {value:.4g}" for name, value in quality.items()))
        print(figures["baseline"], figures["migration"], sep="\n")
    weak = [
        rule
        for rule, each in rules.items()
        if each["recall"] < 0.97 or each["precision"] < 0.98 or min(each["seeded"], each["look_alikes"]) < WANTED
    ] + unseeded
    for rule in weak:
        print(f"{rule} is below recall 0.97, precision 0.98 or {WANTED} cases of a kind", file=sys.stderr)
    baseline, migration = figures["baseline"], figures["migration"]
    kept = baseline["reopened"] == 0 and baseline["swaps_caught"] == baseline["swaps_planted"]
    harmless = (
        not any(migration[fault] for fault in ("broken", "lines_changed_elsewhere", "edits_of_a_second_run"))
        and migration["collected_tests_unchanged"]
    )
    return 0 if kept and harmless and not weak else 1


if __name__ == "__main__":
    sys.exit(main())
