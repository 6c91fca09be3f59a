"""Pictures as inline SVG and plain boxes, in the colours of the theme."""

from __future__ import annotations

from goldenpath.reporting.charts.bars import Bar, bars
from goldenpath.reporting.charts.meter import meter
from goldenpath.reporting.charts.ring import ring
from goldenpath.reporting.charts.stack import Part, stack
from goldenpath.reporting.charts.timeline import Lane, Span, timeline
from goldenpath.reporting.charts.trend import Reading, trend

__all__ = ["Bar", "Lane", "Part", "Reading", "Span", "bars", "meter", "ring", "stack", "timeline", "trend"]
