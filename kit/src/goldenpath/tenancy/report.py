"""What was searched and what was found, told without telling any secret."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from xml.etree import ElementTree as ET

from goldenpath.contracts.junit import printable
from goldenpath.tenancy.leak import RULES, Leak

SHOWN: Final = 20
NUMBER: Final = re.compile(r"\[\d+\]")
"""A place in a sequence: under another seed the same leak is at another."""


class TenantLeak(AssertionError):
    """One tenant saw what is another's, or it could not be told."""


@dataclass
class LeakReport:
    """The verdict of a search; a search of nothing shows nothing and is not ok."""

    leaks: list[Leak] = field(default_factory=list)
    inconclusive: list[str] = field(default_factory=list)
    """Why something could not be judged."""
    searched: Counter[str] = field(default_factory=Counter)
    """How many pieces were searched, by place."""
    bytes_searched: int = 0
    runs: int = 0
    marks: dict[str, set[str]] = field(default_factory=dict)
    """The labels of the marks that were looked for, by tenant."""
    cells: set[str] = field(default_factory=set)
    """What of a matrix was tried."""

    @property
    def ok(self) -> bool:
        """Something was searched, nothing was found, and nothing stood in the way of finding it."""
        return not self.leaks and not self.inconclusive and bool(self.searched)

    @property
    def verdict(self) -> str:
        """ok, failed, or inconclusive."""
        return "failed" if self.leaks else "ok" if self.ok else "inconclusive"

    def add(self, other: LeakReport) -> None:
        """Take in what another run found; the same leak is told once, with the seed that showed it first."""
        known = {_identity(leak) for leak in self.leaks}
        for leak in other.leaks:
            if _identity(leak) not in known:
                known.add(_identity(leak))
                self.leaks.append(leak)
        self.inconclusive += [reason for reason in other.inconclusive if reason not in self.inconclusive]
        self.searched += other.searched
        self.bytes_searched += other.bytes_searched
        self.runs += max(1, other.runs)
        self.cells |= other.cells
        for tenant, labels in other.marks.items():
            self.marks.setdefault(tenant, set()).update(labels)

    def require(self) -> None:
        """Raise TenantLeak unless it is ok."""
        if not self.ok:
            raise TenantLeak(self.explain())

    def explain(self) -> str:
        """The report for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"tenants: {self.verdict}"
        places = ", ".join(f"{count} in {place}" for place, count in sorted(self.searched.items())) or "nothing"
        yield f"searched {places} ({self.bytes_searched} bytes)" + (f" in {self.runs} runs" if self.runs else "")
        if not self.searched:
            yield "inconclusive: nothing was searched"
        yield from (f"inconclusive: {reason}" for reason in dict.fromkeys(self.inconclusive))
        for leak in self.leaks[:SHOWN]:
            yield str(leak)
            if leak.excerpt:
                yield f"    {leak.excerpt}"
            yield f"    to mend it: {RULES[leak.rule].mends}"
        if len(self.leaks) > SHOWN:
            yield f"and {len(self.leaks) - SHOWN} more"

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON-ready object."""
        return {
            "verdict": self.verdict,
            "leaks": [asdict(leak) for leak in self.leaks],
            "inconclusive": list(dict.fromkeys(self.inconclusive)),
            "searched": dict(self.searched),
            "bytes_searched": self.bytes_searched,
            "runs": self.runs,
            "marks": {tenant: sorted(labels) for tenant, labels in self.marks.items()},
            "cells": sorted(self.cells),
        }

    def to_junit(self) -> str:
        """The report as JUnit XML: a test case for each rule, and one for whether the verdict is complete."""
        suite = ET.Element("testsuite", name="tenancy", tests=str(len(RULES) + 1))
        failures = 0
        for rule in RULES.values():
            case = ET.SubElement(suite, "testcase", classname="tenancy", name=f"{rule.id} {rule.name}")
            found = [leak for leak in self.leaks if leak.rule == rule.id]
            if found:
                failures += 1
                failure = ET.SubElement(case, "failure", type=rule.id, message=printable(str(found[0])))
                failure.text = printable("\n".join(f"{leak}\n    {leak.excerpt}" for leak in found))
        case = ET.SubElement(suite, "testcase", classname="tenancy", name="conclusive")
        reasons = list(dict.fromkeys(self.inconclusive)) or ([] if self.searched else ["nothing was searched"])
        if reasons:
            ET.SubElement(case, "error", message=printable("; ".join(reasons)))
        suite.set("failures", str(failures))
        suite.set("errors", str(int(bool(reasons))))
        return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def _identity(leak: Leak) -> Leak:
    return replace(leak, seed=None, path=NUMBER.sub("[n]", leak.path), excerpt="")
