"""What a regime counts as sensitive and asks for, as data, so that a test can show which of it it has tried.

A profile is a help for testing. It certifies nothing, advises nobody on the law, and quotes no regulation: what is
asked is said in our own words, beside the place where the regime says it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from goldenpath.tenancy.canary import Canary
from goldenpath.tenancy.leak import RULES
from goldenpath.tenancy.places import PLACES
from goldenpath.tenancy.report import LeakReport
from goldenpath.tenancy.verdict import CheckResult, ProfileVerdict

DISCLAIMER: Final = "a test aid: neither legal advice nor a certification"

SHAPES: Final[dict[str, Callable[[Canary, str], str]]] = {
    "word": Canary.token,
    "name": lambda canary, label: f"Ada {canary.token(label)}",
    "email": Canary.email,
    "phone": lambda canary, label: canary.watch(label, f"+999 {canary.drawn(label, 11)}"),
    "digits": Canary.digits,
    "address": lambda canary, label: f"7 {canary.token(label)} Street",
    "moment": lambda canary, label: canary.watch(label, _moment(canary.drawn(label, 12))),
    "url": lambda canary, label: f"https://canary.example/{canary.token(label)}",
    "ip": lambda canary, label: canary.watch(label, _ip(canary.drawn(label, 28))),
    "secret": lambda canary, label: f"sk-{canary.token(label)}",
    "text": lambda canary, label: f"About {canary.token(label)}, in confidence.",
}
"""In which form a class of data is planted."""


def _moment(digits: str) -> str:
    year, month, day, hour, minute, second = digits[:2], 1 + int(digits[2]) % 9, *digits[3:6], digits[6:7]
    return f"19{year}-0{month}-1{day}T0{hour}:1{minute}:2{second}.{digits[6:]}"


def _ip(digits: str) -> str:
    return "fd00:" + ":".join(digits[at : at + 4] for at in range(0, 28, 4))


@dataclass(frozen=True)
class DataClass:
    """A class of data that the regime protects."""

    id: str
    title: str
    shape: str
    cites: str


@dataclass(frozen=True)
class Check:
    """Something the regime asks for, and where a leak would break it."""

    id: str
    title: str
    asks: str
    cites: str
    places: tuple[str, ...]
    rules: tuple[str, ...] = ("TL001",)


@dataclass(frozen=True)
class Profile:
    """A regime as tests see it."""

    name: str
    title: str
    classes: tuple[DataClass, ...]
    checks: tuple[Check, ...]

    def __post_init__(self) -> None:
        for check in self.checks:
            if unknown := [*({*check.places} - {*PLACES}), *({*check.rules} - {*RULES})]:
                raise ValueError(f"{self.name} {check.id} names {unknown[0]!r}, which is no place and no rule")

    def plant(self, canary: Canary) -> dict[str, str]:
        """A mark of this tenant for every class of data, by the id of the class: put them where such data goes."""
        return {each.id: SHAPES[each.shape](canary, self._label(each)) for each in self.classes}

    def judge(self, report: LeakReport) -> ProfileVerdict:
        """Which checks held, which were broken, and which were never put to the test."""
        marks = tuple(report.marks.values())
        unplanted = [
            each.title for each in self.classes if not marks or not all(self._label(each) in labels for labels in marks)
        ]
        results = [self._result(check, report) for check in self.checks]
        return ProfileVerdict(self.name, f"{self.title} ({DISCLAIMER})", tuple(results), tuple(unplanted))

    def _result(self, check: Check, report: LeakReport) -> CheckResult:
        broken = [leak for leak in report.leaks if leak.rule in check.rules and leak.place in check.places]
        untried = tuple(place for place in check.places if not report.searched[place])
        return CheckResult(check.id, check.title, check.asks, check.cites, tuple(broken), untried)

    def _label(self, data_class: DataClass) -> str:
        return f"{self.name} {data_class.id}"
