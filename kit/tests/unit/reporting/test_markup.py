from __future__ import annotations

import json
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.reporting import (
    Column,
    Headline,
    Incident,
    LongTable,
    Page,
    Section,
    Tile,
    Tone,
    element,
    render_page,
    table,
    text,
)
from goldenpath.reporting.charts import Bar, Lane, Part, Span, bars, stack, timeline
from goldenpath.reporting.markup import Markup
from goldenpath.reporting.tables import inert_json

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&<!--"


class Outline(HTMLParser):
    """What a browser would make of a page: its elements with their attributes, and its text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.said: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def hostile_page() -> str:
    everything = [
        Incident(HOSTILE, HOSTILE, HOSTILE, place=HOSTILE, facts=[HOSTILE], text=HOSTILE, command=HOSTILE).render(),
        table([HOSTILE], [[HOSTILE]]),
        LongTable(HOSTILE, [Column(HOSTILE)], [[HOSTILE]], [(HOSTILE, Tone.BAD)], HOSTILE, HOSTILE).render(),
        bars([Bar(HOSTILE, 1.0, HOSTILE, HOSTILE)]),
        stack([Part(HOSTILE, 1, Tone.BAD)], HOSTILE),
        timeline([Lane(HOSTILE, [Span(0, 1, HOSTILE, Tone.BAD)], HOSTILE)], 1, HOSTILE),
    ]
    sections = [Section(f"s{number}", HOSTILE, body, 1, lead=HOSTILE) for number, body in enumerate(everything)]
    headline = Headline(Tone.BAD, HOSTILE, HOSTILE, [HOSTILE], HOSTILE)
    return render_page(
        Page("run", HOSTILE, HOSTILE, headline, [Tile(HOSTILE, HOSTILE, note=HOSTILE)], sections=sections)
    )


def test_whatever_is_inserted_anywhere_stays_text() -> None:
    outline = Outline(hostile_page())
    assert outline.handlers == []
    assert "img" not in outline.tags
    assert outline.tags.count("script") == 2  # the table's data, and the page's own
    assert sum(HOSTILE in said for said in outline.said) > 10


@given(st.text())
def test_any_text_is_read_back_as_it_was_put_in(said: str) -> None:
    document = Outline(element("p", {"title": said}, said))
    shown = said.encode("utf-8", "backslashreplace").decode()
    assert document.tags == ["p"]
    assert "".join(document.said).replace("\r\n", "\n").replace("\r", "\n") == shown.replace("\r\n", "\n").replace(
        "\r", "\n"
    )


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_data_in_a_script_cannot_end_it_and_is_read_back_as_it_was(content: object) -> None:
    written = inert_json(content)
    assert not set("<>&") & set(written)
    assert json.loads(written) == content


def test_attributes_that_are_none_or_false_are_left_out_and_markup_is_not_escaped_twice() -> None:
    assert element("p", {"a": None, "b": False, "c": True, "d": 1}, Markup("<b>"), None, ["x", text("&")]) == (
        '<p c d="1"><b>x&amp;</p>'
    )


def test_a_page_loads_nothing_and_runs_no_script_but_its_own() -> None:
    page = hostile_page()
    assert "default-src &#x27;none&#x27;" in page
    assert "script-src &#x27;sha256-" in page
    for reference in ("http://", "https://", "src=", "@import", "url("):
        assert reference not in page.replace(text(HOSTILE), "").replace(str(inert_json(HOSTILE)), ""), reference
