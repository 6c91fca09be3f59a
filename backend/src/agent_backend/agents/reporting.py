"""The agent that tells the user what was found: in sentences, tables and a chart, whatever of it there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.agents.figures import savings_chart, savings_table, spend_chart, spend_table
from agent_backend.analysis import Goal, Intent, Saving, Sufficiency
from agent_backend.context import UserExecutionContext
from agent_backend.llm import Facts, LanguageLayer
from agent_backend.llm import wording as words

_FAILED: Final = {
    "triage": "What the records hold could not be checked.",
    "data_helper": "The guide to what is missing could not be written.",
    "data": "The records could not be added up.",
    "optimization": "The savings could not be computed.",
    "actions": "The steps could not be written down.",
}


class Reporting(Agent):
    """Runs last and bears the failure of any step before it: what is missing is named in the report."""

    agent_type = "reporting"

    def __init__(self, language: LanguageLayer) -> None:
        self._language = language

    def get_capabilities(self) -> list[str]:
        return ["text_processing", "reporting"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        found = Findings(task.inputs)
        facts = Facts(tuple(found.sentences()), found.names(), found.verdicts())
        done = 0

        async def told(sentence: str) -> None:
            nonlocal done
            done += 1
            await progress.thinking(sentence, progress=min(0.95, done / (len(facts.sentences) + 1)))

        prose = await self._language.write(facts, context.tenant_id, told)
        language = {"by_model": prose.by_model, "note": prose.note}
        return {"text": prose.text, "language": language, **found.figures()}


class Findings:
    """What the steps before handed over; every part of it may be absent."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._goal = Goal.from_json(inputs["goal"])
        self._sufficiency = Sufficiency(inputs["sufficiency"])
        self._failed: Sequence[str] = inputs["failed"]
        results: Mapping[str, Any] = inputs["results"]
        self._data: Mapping[str, Any] = results.get("triage", {}).get("data", {})
        self._plan: Mapping[str, Any] | None = results.get("optimization")
        self._totals: Mapping[str, Any] | None = (self._plan or results.get("data", {})).get("totals")
        self._actions: Sequence[Any] = results.get("actions", {}).get("actions", [])
        self._helper: Mapping[str, Any] = results.get("data_helper", {})
        self._chosen = [Saving.from_json(row) for row in (self._plan or {}).get("chosen", [])]
        self._excluded = [Saving.from_json(row) for row in (self._plan or {}).get("excluded", [])]

    def sentences(self) -> list[str]:
        """The report in words."""
        if self._totals is None:
            nothing = words.UNREADABLE if self._failed else words.NO_RECORDS
            empty = [] if self._data.get("calls") else [nothing]
            return empty + words.missing(self._sufficiency, self._missing)
        told = words.spend(self._totals)
        if self._goal.intent is Intent.SAVINGS:
            told += words.period(self._data)
            if self._plan is not None:
                told += words.outcome(self._goal, self._plan)
                told += words.by_measure(self._chosen) + words.left_out(self._excluded)
        return told + words.missing(self._sufficiency, self._missing)

    def names(self) -> frozenset[str]:
        """The names that the sentences may give numbers to."""
        rows = self._totals["rows"] if self._totals else []
        return frozenset(row["name"] for row in rows) | {saving.team for saving in self._chosen}

    def verdicts(self) -> frozenset[str]:
        """The sentences that say whether the goal is reached, and what is missing for an answer."""
        told = words.missing(self._sufficiency, self._missing)
        if self._plan is not None and self._goal.reduction is not None:
            told += words.outcome(self._goal, self._plan)[-1:]
        return frozenset(told) & frozenset(self.sentences())

    def figures(self) -> Answer:
        """The report in figures, as plain JSON values."""
        asks_to_save = self._goal.intent is Intent.SAVINGS
        tables = [spend_table(self._totals)] if self._totals and self._totals["rows"] else []
        chart = spend_chart(self._totals) if tables and self._totals else None
        if asks_to_save and self._chosen:
            tables.insert(0, savings_table(self._chosen))
            chart = savings_chart(self._chosen)
        return {
            "grouping": self._goal.grouping,
            **(self._totals or {}),
            "sufficiency": self._sufficiency.value,
            "tables": tables,
            "chart": chart,
            "actions": list(self._actions) if asks_to_save else [],
            "guide": list(self._helper.get("guide", [])),
            "csv_header": self._helper.get("csv_header"),
            "caveats": self._caveats(),
        }

    @property
    def _missing(self) -> list[str]:
        return list(self._data.get("missing", []))

    def _caveats(self) -> list[str]:
        caveats = [_FAILED[step] for step in self._failed]
        if self._sufficiency is Sufficiency.PARTIAL or (self._totals and self._missing):
            caveats += [f"The records lack {name}." for name in self._missing]
        return caveats
