"""The catalogue of rules: the one place where a violation's id gets its meaning, which never changes afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Severity = Literal["error", "warning", "off"]
SEVERITIES: Final = ("error", "warning", "off")


class Rule(NamedTuple):
    """One thing a contract can object to; how gravely, unless the contract says otherwise."""

    id: str
    name: str
    meaning: str
    severity: Severity = "error"


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            Rule("EC100", "not-json", "a line or frame is not JSON"),
            Rule("EC101", "not-an-object", "an event is not a JSON object"),
            Rule("EC102", "no-type", "an event has no type, or one that is not a string"),
            Rule("EC103", "unknown-type", "the contract does not know this type of event"),
            Rule("EC104", "missing-field", "a required field is absent"),
            Rule("EC105", "wrong-kind", "a field holds another kind of JSON value than the contract declares"),
            Rule("EC106", "wrong-value", "a field is of the right kind, but its value is not an allowed one"),
            Rule("EC107", "unknown-field", "a record that the contract declares closed has another field"),
            Rule("EC201", "wrong-first", "a run begins with an event that cannot begin one"),
            Rule("EC202", "wrong-order", "an event may not follow the one before it in its run"),
            Rule("EC203", "after-the-end", "an event arrives after its run has ended"),
            Rule("EC204", "truncated", "the events stop before the run has ended"),
            Rule("EC205", "repeated", "an event that may happen once in a run happens again"),
            Rule("EC206", "missing-event", "a run ends well without an event that it needs"),
            Rule("EC207", "sequence-gap", "a sequence number is skipped: an event was lost"),
            Rule("EC208", "sequence-repeat", "a sequence number comes again or too late: a duplicate, or a reordering"),
            Rule("EC209", "too-long-between", "more time passes between two events than the contract allows"),
            Rule("EC301", "opened-twice", "something is opened that is already open"),
            Rule("EC302", "not-open", "something is continued or closed that is not open"),
            Rule("EC303", "left-open", "a run ends well while something in it is still open"),
            Rule("EC304", "reopened", "an id is opened again that may be used only once in a run"),
            Rule("EC305", "too-many-open", "more is open at once than the contract allows"),
            Rule("EC306", "headless-chunk", "a first chunk does not say what it belongs to"),
            Rule("EC307", "conflicting-chunk", "a chunk contradicts the chunk that opened its item"),
            Rule("EC308", "mixed-forms", "one item is streamed both as chunks and as start, content and end"),
            Rule("EC401", "value-changed", "a value that must stay the same has changed"),
            Rule("EC402", "foreign-owner", "something is continued in the name of another owner than opened it"),
            Rule("EC403", "unknown-parent", "a parent is named that was not announced before"),
            Rule("EC501", "repeated-question", "two interrupts of one run have the same id"),
            Rule("EC502", "unanswered-question", "a run resumes without answering every interrupt of the one before"),
            Rule("EC601", "patch-does-not-apply", "a patch is well formed, but cannot be applied", "warning"),
        )
    }
)
