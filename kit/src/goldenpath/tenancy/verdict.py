"""How a profile's checks came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from goldenpath.contracts.junit import printable
from goldenpath.tenancy.leak import Leak


@dataclass(frozen=True)
class CheckResult:
    """One check: broken by what, or not tried where."""

    id: str
    title: str
    asks: str
    cites: str
    broken_by: tuple[Leak, ...]
    untried: tuple[str, ...]

    @property
    def state(self) -> str:
        """held, broken, or not tried: a check that was tried in some of its places only is not tried."""
        return "broken" if self.broken_by else "not tried" if self.untried else "held"

    def __str__(self) -> str:
        why = f": {self.broken_by[0]}" if self.broken_by else ""
        why = why or (f": nothing was searched in {', '.join(self.untried)}" if self.untried else "")
        return f"{self.id} {self.title} ({self.cites}): {self.state}{why}"


@dataclass(frozen=True)
class ProfileVerdict:
    """All checks of one profile over one report."""

    profile: str
    title: str
    results: tuple[CheckResult, ...]
    unplanted: tuple[str, ...]
    """Classes of data of which some tenant had no mark: nothing can be said about them."""

    @property
    def ok(self) -> bool:
        """Every check held, for every class of data."""
        return not self.unplanted and all(result.state == "held" for result in self.results)

    def explain(self) -> str:
        """The verdict for people."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.title
        yield from map(str, self.results)
        if self.unplanted:
            yield f"not planted, so that nothing can be said about it: {', '.join(self.unplanted)}"

    def to_json(self) -> dict[str, Any]:
        """The verdict as a JSON-ready object."""
        return {
            "profile": self.profile,
            "title": self.title,
            "ok": self.ok,
            "checks": [
                {"id": each.id, "title": each.title, "asks": each.asks, "cites": each.cites, "state": each.state}
                for each in self.results
            ],
            "unplanted": list(self.unplanted),
        }

    def to_junit(self) -> str:
        """The verdict as JUnit XML: a test case for each check."""
        suite = ET.Element("testsuite", name=f"tenancy {self.profile}", tests=str(len(self.results) + 1))
        for result in self.results:
            case = ET.SubElement(suite, "testcase", classname=self.profile, name=f"{result.id} {result.title}")
            if result.state != "held":
                kind = "failure" if result.broken_by else "error"
                told = ET.SubElement(case, kind, message=printable(str(result)))
                told.text = printable("\n".join(map(str, result.broken_by)))
        case = ET.SubElement(suite, "testcase", classname=self.profile, name="every class of data was planted")
        if self.unplanted:
            ET.SubElement(case, "error", message=printable(", ".join(self.unplanted)))
        broken = sum(result.state == "broken" for result in self.results)
        untried = sum(result.state == "not tried" for result in self.results) + bool(self.unplanted)
        suite.set("failures", str(broken))
        suite.set("errors", str(untried))
        return ET.tostring(suite, encoding="unicode", xml_declaration=True)
