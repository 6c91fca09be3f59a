from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import call
from xml.etree import ElementTree as ET

import pytest

from goldenpath.tenancy import Answer, Canary, LeakReport, LeakSearch, Statements, TenantLeak, listening
from goldenpath.tenancy.search import Eyes

ACME, GLOBEX = Canary("acme", seed=1), Canary("globex", seed=1)
TOKEN, OWN = ACME.token("note"), GLOBEX.token("note")


@pytest.fixture
def search() -> LeakSearch:
    return LeakSearch(ACME, GLOBEX)


@pytest.fixture
def eyes(search: LeakSearch) -> Eyes:
    return search.eyes_of("globex")


@dataclass
class Row:
    id: int
    text: str


class Point(NamedTuple):
    x: int
    label: str


class Slotted:
    __slots__ = ("note",)

    def __init__(self) -> None:
        self.note = TOKEN


def ring() -> list[Any]:
    thing: list[Any] = [TOKEN]
    thing.append({"again": thing})
    return thing


@pytest.mark.parametrize(
    ("thing", "path"),
    [
        ([{"id": 1, "text": TOKEN}], "[0].text"),
        ({TOKEN: 1}, ".<key>"),
        (Row(1, TOKEN), ".text"),
        (Point(1, TOKEN), ".label"),
        (SimpleNamespace(a=[SimpleNamespace(b=TOKEN)]), ".a[0].b"),
        (Slotted(), ".note"),
        ({"set": {TOKEN}}, ".set[0]"),
        (memoryview(TOKEN.encode()), ""),
        (ring(), "[0]"),
        (ValueError(TOKEN), ".text"),
    ],
)
def test_a_mark_is_found_in_whatever_holds_it_with_the_way_to_it(eyes: Eyes, thing: Any, path: str) -> None:
    assert eyes.value("thing", thing)[0].path == path


def test_numbers_that_are_marks_are_found_as_numbers() -> None:
    acme = Canary("acme", seed=1)
    number = acme.digits("account")
    eyes = LeakSearch(acme, GLOBEX).eyes_of("globex")
    assert eyes.value("integer", int(number))
    assert eyes.value("decimal", [Decimal(number)])
    assert eyes.value("float", {"n": float(number)})


def test_what_is_a_viewers_own_is_no_leak_but_nobody_may_see_any(search: LeakSearch) -> None:
    assert search.eyes_of("globex").value("rows", OWN) == []
    assert search.report.ok
    assert [leak.tenant for leak in search.eyes_of().value("rows", [OWN, TOKEN])] == ["globex", "acme"]


def test_the_parts_of_two_pieces_next_to_each_other_make_no_mark(eyes: Eyes) -> None:
    assert eyes.value("rows", [TOKEN[:12], TOKEN[12:]]) == []


def test_a_search_of_nothing_is_not_ok(search: LeakSearch, eyes: Eyes) -> None:
    assert not LeakReport().ok
    eyes.value("rows", [])
    assert search.report.verdict == "inconclusive"
    with pytest.raises(TenantLeak, match="nothing was searched"):
        search.report.require()


def test_a_search_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no canary has a mark yet"):
        LeakSearch(Canary("acme"), Canary("globex")).eyes_of("globex").value("rows", ["text"])


def test_a_mark_planted_after_the_search_began_is_looked_for_too() -> None:
    acme = Canary("acme", seed=1)
    acme.token("early")
    search = LeakSearch(acme, GLOBEX)
    assert search.eyes_of("globex").value("rows", acme.token("early"))
    assert search.eyes_of("globex").value("rows", acme.token("late"))


def test_something_nested_without_end_is_not_judged_rather_than_passed(search: LeakSearch, eyes: Eyes) -> None:
    thing: Any = TOKEN
    for _ in range(500):
        thing = [thing]
    eyes.value("deep", thing)
    assert search.report.verdict == "inconclusive"
    assert "not searched to the end" in search.report.explain()


def test_two_tenants_with_the_same_value_are_refused() -> None:
    acme, globex = Canary("acme"), Canary("globex")
    for canary in (acme, globex):
        canary.watch("city", "Berlin, Mitte")
    with pytest.raises(ValueError, match=r"<acme: city> and <globex: city> look the same \(as plain\)"):
        LeakSearch(acme, globex).needles()


@pytest.mark.parametrize(
    ("making", "objection"),
    [
        (lambda: Canary(""), "a canary belongs to a tenant"),
        (lambda: Canary("acme").watch("id", "1234567"), "'id' has 7 characters and turns up by chance"),
        (lambda: Canary("acme").digits("id", 7), "7 digits turn up by chance"),
        (lambda: LeakSearch(Canary("acme"), Canary("acme")), "each tenant has one canary"),
        (lambda: LeakSearch(Canary("nobody")), "none is called 'nobody'"),
        (lambda: LeakSearch(ACME, GLOBEX).eyes_of("initech"), "no canary of 'initech'; there are: acme, globex"),
    ],
)
def test_what_would_make_a_finding_meaningless_is_refused(making: Any, objection: str) -> None:
    with pytest.raises(ValueError, match=objection):
        making()


def test_a_label_stands_for_one_value() -> None:
    canary = Canary("acme")
    canary.watch("id", "thread-0001")
    canary.watch("id", "thread-0001")
    with pytest.raises(ValueError, match="'id' of acme is watched already, with another value"):
        canary.watch("id", "thread-0002")


def test_with_a_seed_marks_are_the_same_in_every_run_and_without_new_each_time() -> None:
    assert Canary("acme", seed=3).token("note") == Canary("acme", seed=3).token("note")
    marks = {Canary(tenant, seed=seed).token(label) for tenant in "ab" for seed in (1, 2) for label in "cd"}
    assert len(marks) == 8
    assert Canary("acme").token("note") != Canary("acme").token("note")


def test_planting_marks_every_text_and_leaves_the_rest_and_the_original_alone() -> None:
    data = {"title": "Budget", "n": 3, "lines": ["rent", ("paper", None)]}
    canary = Canary("acme", seed=1)
    planted = canary.plant(data)
    assert data == {"title": "Budget", "n": 3, "lines": ["rent", ("paper", None)]}
    assert planted["title"] == f"Budget {canary.token('title')}"
    assert planted["lines"][1] == (f"paper {canary.token('lines[1][0]')}", None)
    assert {secret.label for secret in canary} == {"title", "lines[0]", "lines[1][0]"}


def test_no_secret_is_ever_shown_whole(search: LeakSearch, eyes: Eyes, tmp_path: Path) -> None:
    (tmp_path / f"{TOKEN}.txt").write_text(TOKEN * 2)
    eyes.files(f"the folder of {TOKEN}", tmp_path)
    eyes.value("rows", {TOKEN: {TOKEN: [f"{OWN} next to {TOKEN} and {TOKEN.encode().hex()}"]}})
    eyes.response("GET /", (200, {f"x-{TOKEN}": TOKEN}, TOKEN))
    assert len(search.report.leaks) > 5
    report = search.report
    for told in (report.explain(), json.dumps(report.to_json()), report.to_junit(), repr(report), repr(ACME.secrets)):
        assert TOKEN not in told
        assert OWN not in told
        assert TOKEN.encode().hex() not in told
    assert "<acme: note> and <acme: note>" in report.explain()


def test_a_report_is_told_as_text_as_json_and_as_junit(search: LeakSearch, eyes: Eyes) -> None:
    eyes.frames("the socket", [{"type": "note", "text": f"see {TOKEN}"}])
    text = search.report.explain()
    assert "TL001 data seen: acme's note is seen by globex, in frames 'the socket' at [0].text" in text
    assert "see <acme: note>" in text
    assert search.report.to_json()["leaks"][0]["encoding"] == "plain"
    suite = ET.fromstring(search.report.to_junit())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "1", "0")
    with pytest.raises(TenantLeak, match="acme's note is seen by globex"):
        search.report.require()


class Response:
    """As httpx has it."""

    status_code = 200
    content = b"body"

    class Headers:
        def multi_items(self) -> Iterator[tuple[str, str]]:
            yield "Set-Cookie", "a=1"
            yield "Set-Cookie", f"b={TOKEN}"

    headers = Headers()


@pytest.mark.parametrize(
    "response",
    [
        Response(),
        (200, {"X-Note": TOKEN}, b""),
        (200, [(b"x-note", TOKEN.encode())], ""),
        (404, {}, TOKEN),
        (404, {}, {"error": [TOKEN]}),
        SimpleNamespace(status=200, headers={}, body=TOKEN.encode()),
        SimpleNamespace(status_code=200, headers={}, text=TOKEN),
    ],
)
def test_an_answer_is_read_whichever_client_it_came_from(eyes: Eyes, response: Any) -> None:
    assert eyes.response("GET /", response)


def test_what_is_no_answer_is_refused_with_what_is_one(eyes: Eyes) -> None:
    with pytest.raises(TypeError, match=r"an answer is a response with status_code, .* got dict"):
        eyes.response("GET /", {"status": 200})


def test_answers_are_compared_but_for_what_always_differs() -> None:
    one = Answer.of((404, {"Date": "now", "X-A": "1"}, "no 1"))
    other = Answer.of((403, {"Date": "then", "X-A": "2"}, "no"))
    assert one.differs_from(other) == ["status 404, not 403", "header x-a", "body of 4 bytes, not the same 2"]
    assert one.differs_from(Answer.of((404, {"x-a": "1"}, "no 1"))) == []


def test_everything_about_a_log_record_is_looked_at(eyes: Eyes) -> None:
    logger = logging.getLogger("tenancy.test")
    with listening("tenancy.test") as records:
        logger.debug("created %s", TOKEN)
        logger.info("created", extra={"note": {"text": TOKEN}})
        try:
            raise LookupError(TOKEN)
        except LookupError:
            logger.exception("failed")
    records.append(logging.makeLogRecord({"msg": "%d", "args": (TOKEN,)}))  # cannot be formatted, but is logged
    assert len(records) == 4
    for record in records:
        assert eyes.logs("log", [record]), record.msg
    with listening("tenancy.test") as quiet:
        logger.info("nothing %s", OWN)
    assert eyes.logs("log", quiet) == []
    assert logger.level == logging.NOTSET


def test_statements_are_noted_down_on_connections_and_cursors(eyes: Eyes) -> None:
    statements = Statements()
    with statements.around(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE note (text)")
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO note VALUES (?)", [(TOKEN,), (OWN,)])
        assert list(cursor.execute("SELECT count(*) FROM note")) == [(2,)]
    connection.close()
    assert [statement[0].split()[0] for statement in statements] == ["CREATE", "INSERT", "SELECT"]
    (leak,) = eyes.sql("statements", statements)
    assert leak.path == ".statements[1][1][0][0]"


def test_calls_of_mocks_are_looked_at_with_all_their_arguments(eyes: Eyes) -> None:
    assert eyes.calls("tool", [call.run("x", deep={"a": [TOKEN]})])
    assert eyes.calls("tool", [call(OWN)]) == []


def test_a_cache_is_looked_at_by_its_keys_and_only_where_they_match(eyes: Eyes) -> None:
    cache = {"globex:1": TOKEN, "acme:1": TOKEN, f"globex:{TOKEN}": 1}
    assert {leak.path for leak in eyes.cache("keys", cache, match="globex:*")} == {"[globex:1]", ".<key>"}
    with pytest.raises(TypeError, match="a cache is a mapping or a synchronous Redis client, got list"):
        eyes.cache("keys", [TOKEN])


def test_a_folder_that_is_not_there_is_an_error_and_no_clean_search(eyes: Eyes, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="searching it would say nothing"):
        eyes.files("exports", tmp_path / "gone")


def test_an_error_is_looked_at_with_its_causes_and_members(eyes: Eyes) -> None:
    caused = RuntimeError("failed")
    caused.__cause__ = LookupError(TOKEN)
    assert eyes.error("told", caused)[0].path == ".error.cause.text"
    assert eyes.error("told", ExceptionGroup("several", [ValueError(), caused]))
    noted = RuntimeError("failed")
    noted.add_note(TOKEN)
    assert eyes.error("told", noted)
    assert eyes.error("told", RuntimeError(OWN)) == []


def test_a_stream_is_put_together_by_what_its_frames_have_in_common(eyes: Eyes) -> None:
    pieces = [json.dumps({"type": "delta", "delta": TOKEN[at : at + 3]}) for at in range(0, 24, 3)]
    assert [leak.path for leak in eyes.frames("socket", pieces)] == ["[all].delta"]
    assert eyes.frames("socket", [TOKEN.encode(), OWN])[0].path == "[0]"
