"""Questions at the end of one run that the next must answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goldenpath.contracts.clause import Act, Case, Clause, Event, Run
from goldenpath.contracts.paths import getter
from goldenpath.contracts.shape import shown


@dataclass(frozen=True, kw_only=True)
class Questions(Clause):
    """Each item of `asked` has an id of its own, and the next `answered_in` event answers all of them.

    An event that does not tell its `request` is not judged: the answers may well have been in it.
    """

    asked_in: str
    asked: str
    question: str
    answered_in: str
    request: str
    answers: str
    answer: str

    def acts(self, slot: int) -> Mapping[str, Act]:
        asked, request = getter(self.asked), getter(self.request)
        first, pending = self.asked.split(".")[0], f"questions {slot}"

        def ask(case: Case, run: Run, event: Event) -> None:
            questions = ids(asked(event), self.question)
            for repeated in sorted({question for question in questions if questions.count(question) > 1}):
                case.object_to(
                    "EC501", f"{shown(repeated)} is asked twice", "ids that differ", shown(repeated), self.asked
                )
            case.known[pending] = frozenset(questions)

        def answer(case: Case, run: Run, event: Event) -> None:
            open_questions = case.known.pop(pending, frozenset())
            told = request(event)
            if not isinstance(told, dict):
                return
            left = open_questions.difference(ids(told.get(self.answers), self.answer))
            if left:
                names = ", ".join(sorted(map(shown, left)))
                path = f"{self.request}.{self.answers}"
                case.object_to("EC502", f"{names} is not answered", f"an answer to {names}", "none", path)

        return {
            self.asked_in: Act(ask, unless=f"{first!r} not in event"),
            self.answered_in: Act(answer, unless=f"{pending!r} not in case.known"),
        }


def ids(items: Any, name: str) -> list[str]:
    """The ids of those items that have one."""
    if not isinstance(items, list):
        return []
    return [item[name] for item in items if isinstance(item, dict) and isinstance(item.get(name), str)]
