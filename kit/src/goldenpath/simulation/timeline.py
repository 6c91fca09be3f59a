"""Who said what when: a run as text for the terminal, and as a picture for a page."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from goldenpath.simulation.trace import Event

_LANE: Final = 180
_ROW: Final = 28
_TOP: Final = 56
_LEFT: Final = 110
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#222}.time{fill:#777;text-anchor:end}.who{font-weight:bold;text-anchor:middle}"
    ".what{text-anchor:middle}.life{stroke:#bbb}.said{stroke:#1f6feb;stroke-width:1.5}"
    ".fault{stroke:#d1242f;stroke-width:1.5;stroke-dasharray:5 3}.why{fill:#d1242f;text-anchor:middle}"
)

_ARROW_HEAD: Final = """<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">
<path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>"""


class Timeline:
    """The events of a run in the order in which they were sent."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.events = sorted(events, key=lambda event: (event.at, event.place))

    def text(self) -> str:
        """One line for each event: when, from whom to whom, what, and what became of it."""
        if not self.events:
            return "(nothing was said)"
        rows = [(f"{event.at:.3f}", _between(event), event.what, _outcome(event)) for event in self.events]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return "\n".join(
            f"{at:>{widths[0]}}  {who:<{widths[1]}}  {what:<{widths[2]}}  {outcome}".rstrip()
            for at, who, what, outcome in rows
        )

    __str__ = text

    def svg(self) -> str:
        """A sequence diagram: a line for each party, an arrow for each message, red where a fault struck."""
        parties = list(dict.fromkeys(name for event in self.events for name in (event.sender, event.receiver) if name))
        lanes = {name: _LEFT + _LANE // 2 + _LANE * number for number, name in enumerate(parties)}
        width, height = _LEFT + _LANE * max(1, len(lanes)), _TOP + _ROW * (len(self.events) + 1)
        size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{_STYLE}</style>", _ARROW_HEAD]
        for name, x in lanes.items():
            parts.append(f'<text class="who" x="{x}" y="24">{escape(name)}</text>')
            parts.append(f'<line class="life" x1="{x}" y1="34" x2="{x}" y2="{height - 10}"/>')
        for row, event in enumerate(self.events):
            parts += _drawn(event, lanes, _TOP + _ROW * row + _ROW // 2)
        return "\n".join([*parts, "</svg>", ""])


def _between(event: Event) -> str:
    if not event.receiver:
        return event.sender
    return f"{event.sender} {'->' if event.until is not None else '-x'} {event.receiver}"


def _outcome(event: Event) -> str:
    late = f"+{event.until - event.at:.3f} s" if event.until is not None and event.until > event.at else ""
    return "  ".join(filter(None, [late, f"[{event.fate}]" if event.fate else ""]))


def _drawn(event: Event, lanes: dict[str, int], y: int) -> list[str]:
    when = f'<text class="time" x="{_LEFT - 10}" y="{y + 4}">{event.at:.3f} s</text>'
    start = lanes.get(event.sender, _LEFT)
    if not event.receiver or event.receiver == event.sender:
        return [when, f'<text class="what" x="{start}" y="{y + 4}">{escape(event.what)}</text>']
    end = lanes[event.receiver]
    if event.until is None:
        end = (start + end) // 2
    middle = (start + lanes[event.receiver]) // 2
    kind = "fault" if event.fate else "said"
    drawn = [
        when,
        f'<line class="{kind}" x1="{start}" y1="{y}" x2="{end}" y2="{y}" marker-end="url(#head)"/>',
        f'<text class="what" x="{middle}" y="{y - 4}">{escape(event.what)}</text>',
    ]
    if outcome := _outcome(event):
        drawn.append(f'<text class="why" x="{middle}" y="{y + 11}">{escape(outcome)}</text>')
    return drawn
