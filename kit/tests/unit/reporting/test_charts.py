from __future__ import annotations

import re

import pytest

from goldenpath.reporting import Tone
from goldenpath.reporting.charts import Bar, Lane, Part, Reading, Span, bars, meter, ring, stack, timeline, trend


def widths(picture: str) -> list[float]:
    return [float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', picture)]


def test_a_single_failure_among_thousands_is_seen_in_the_bar() -> None:
    picture = stack(
        [Part("failed", 1, Tone.BAD), Part("passed", 20_000, Tone.GOOD), Part("skipped", 0, Tone.MUTED)], "all"
    )
    shown = widths(picture)
    assert len(shown) == 2
    assert shown[0] >= 3
    assert sum(shown) == pytest.approx(1000, abs=0.5)
    assert "20,000" in picture
    assert "skipped" not in picture
    assert stack([], "none") == ""


def test_a_timeline_of_many_short_tests_is_as_small_as_the_eye_needs_and_keeps_every_failure() -> None:
    spans = [
        Span(number / 100, 0.01, f"t{number}", Tone.BAD if number == 7777 else Tone.GOOD) for number in range(20_000)
    ]
    picture = timeline([Lane("w0", spans)], 200.0, "who did what")
    assert picture.count("<rect") <= 700
    assert picture.count("fill-bad") == 1
    assert "among them t7777" in picture


def test_long_tests_stand_by_themselves_with_their_time() -> None:
    picture = timeline([Lane("w0", [Span(0, 5, "a", Tone.GOOD), Span(5, 5, "b", Tone.BAD)], "2")], 10.0, "x")
    assert picture.count("<rect") == 2
    assert "a: 5.00 s" in picture
    assert max(widths(picture)) <= 600


@pytest.mark.parametrize("total", [0.0, 0.0003, 0.7, 3, 59, 61, 4000, 500_000])
def test_an_axis_has_a_few_round_values_whatever_it_spans(total: float) -> None:
    picture = timeline([Lane("w0", [Span(0, total, "a", Tone.GOOD)])], total, "x")
    assert 2 <= picture.count("left:") <= 7


def test_bars_are_drawn_against_the_largest_and_marks_against_the_same() -> None:
    picture = bars([Bar("f.py::a", 4, "4 s", mark=8.0), Bar("b", 2, "2 s", "was 1 s")])
    assert [width for width in widths(picture) if width != 0.5] == [50.0, 25.0]
    assert "was 1 s" in picture
    assert bars([]) == '<ol class="bars"></ol>'


@pytest.mark.parametrize(("share", "width"), [(-1, 0), (0.25, 25), (7, 100)])
def test_a_meter_never_leaves_its_frame(share: float, width: float) -> None:
    assert widths(meter(share, "x", Tone.INFO)) == [width]


def test_a_trend_goes_from_the_first_reading_to_the_last_and_one_reading_is_none() -> None:
    picture = trend([Reading("Monday", 80.0), Reading("Tuesday", 90.5)], 100.0, "score", "-2 errors")
    assert 'points="0.0,20.0 600.0,9.5"' in picture
    assert "Monday: 80.0 → Tuesday: 90.5" in picture
    assert "-2 errors" in picture
    assert trend([Reading("Monday", 80.0)], 100.0, "score") == ""


def test_a_ring_has_a_titled_dot_for_the_first_and_for_every_copy() -> None:
    picture = ring("a.py:1", ["b.py:2", "c.py:3", "<d>.py:4"], "MockBus: 4")
    assert picture.count("<circle") == 4
    assert picture.count("fill-good") == 1
    assert "<title>&lt;d&gt;.py:4</title>" in picture
