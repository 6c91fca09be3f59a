from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import psutil
import pytest

from agent_backend.usage import HEADER

PATIENCE = 120.0
LINE = "2026-03-02T{hour:02}:{minute:02}:00Z,team-{team},large,900,100,800,0.010000001,,,fp{number}\n"


def good(number: int) -> str:
    return LINE.format(hour=number // 60 % 24, minute=number % 60, team=number % 5, number=number)


def rows(count: int, broken_every: int = 0) -> Iterator[bytes]:
    """A file of so many rows after its header, line by line."""
    yield f"{HEADER}\n".encode()
    for number in range(1, count + 1):
        line = good(number)
        yield (line.replace(",900,", ",-9,") if broken_every and number % broken_every == 0 else line).encode()


def send(visitor: Any, content: Any, import_id: str | None = None) -> httpx2.Response:
    query = f"?id={import_id}" if import_id else ""
    headers = {"Authorization": f"Bearer {visitor.token}", "Content-Type": "text/csv"}
    url = f"{visitor.url}/api/usage/imports{query}"
    return httpx2.post(url, content=content, headers=headers, timeout=PATIENCE)


def stored(backend: Any, visitor: Any) -> tuple[int, Any]:
    [row] = backend.query(
        "SELECT count(*), sum(cost) FROM usage_records JOIN tenants ON tenants.id = tenant_id WHERE name = %s",
        visitor.tenant,
    )
    return row


def test_a_hundred_thousand_rows_of_which_one_in_a_hundred_is_broken(backend: Any) -> None:
    visitor, other = backend.visitor(), backend.visitor().spend(large="0.30")
    process = psutil.Process(backend.process.pid)
    send(backend.visitor(), rows(5_000))
    before = process.memory_info().rss
    highest, answers, finished = [before], list[str](), threading.Event()

    def disturb() -> None:
        """Another tenant keeps asking while the file comes in."""
        while not finished.is_set():
            with other.connected() as tab:
                tab.ask()
                answers.append(tab.receive_run()[-1]["type"])
            highest.append(process.memory_info().rss)

    asking = threading.Thread(target=disturb)
    asking.start()
    answer = send(visitor, rows(100_000, broken_every=100))
    finished.set()
    asking.join(PATIENCE)
    told = answer.json()
    assert answer.status_code == 201, answer.text
    assert (told["lines"], told["stored"], told["broken"], told["finished"]) == (100_001, 99_000, 1_000, True)
    assert [error["line"] for error in told["errors"]] == [100 * row + 1 for row in range(1, 1001)]
    assert {error["problem"] for error in told["errors"]} == {
        "prompt_tokens: Input should be greater than or equal to 0"
    }
    assert str(stored(backend, visitor)[1]) == "990.000099000"
    assert answers
    assert set(answers) == {"agent_completed"}
    assert stored(backend, other)[0] == 1
    assert max(highest) - before < 48 << 20


def test_an_import_that_was_cut_off_goes_on_where_it_stopped_and_stores_no_line_twice(backend: Any) -> None:
    visitor, import_id = backend.visitor(), secrets.token_hex(8)
    logged = len(backend.log.read_text())

    def cut_off() -> Iterator[bytes]:
        """The connection breaks after more than a batch."""
        for number, line in enumerate(rows(5_000, broken_every=10)):
            if number == 2_500:
                raise ConnectionAbortedError
            yield line

    with pytest.raises(ConnectionAbortedError):
        send(visitor, cut_off(), import_id)
    answers = (send(visitor, rows(5_000, broken_every=10), import_id) for _ in range(20))
    # While the service still works off what came before the break, the import is its; then it is ours.
    answer = next(answer for answer in answers if answer.status_code != 409).json()
    assert (answer["lines"], answer["stored"], answer["broken"], answer["finished"]) == (5_001, 4_500, 500, True)
    assert stored(backend, visitor)[0] == 4_500
    assert visitor.must("GET", f"/api/usage/imports/{import_id}")["stored"] == 4_500
    assert "Traceback" not in backend.log.read_text()[logged:]
    again = send(visitor, rows(5_000, broken_every=10), import_id).json()
    assert (again["stored"], len(again["errors"]), stored(backend, visitor)[0]) == (4_500, 500, 4_500)


def test_a_file_without_our_header_is_refused_and_nothing_is_stored(backend: Any) -> None:
    visitor = backend.visitor()
    for content, problem in (
        (b"a,b\n1,2\n", "the header does not know 'a', 'b' and lacks 'occurred_at'"),
        (b"", "the file is empty"),
        (b"\xff\xfe", "line 1 is not UTF-8"),
    ):
        answer = send(visitor, content)
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].startswith(problem)
    assert stored(backend, visitor) == (0, None)


def test_progress_is_told_to_its_owner_only(backend: Any) -> None:
    ada, eve, import_id = backend.visitor(), backend.visitor(), secrets.token_hex(8)
    send(ada, rows(3), import_id)
    assert ada.must("GET", f"/api/usage/imports/{import_id}") == {
        "id": import_id,
        "lines": 4,
        "stored": 3,
        "broken": 0,
        "finished": True,
    }
    colleague = ada.colleague("bea@example.test")
    for stranger in (eve, colleague):
        assert stranger.request("GET", f"/api/usage/imports/{import_id}").status_code == 404
    assert send(colleague, rows(3), import_id).status_code == 409
    assert send(eve, rows(3), import_id).status_code == 201


def test_who_is_not_logged_in_imports_nothing_and_a_bad_id_is_named(backend: Any) -> None:
    visitor = backend.visitor()
    answer = send(visitor, rows(1), "no/id")
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, "id: 1 to 64 letters, digits, _ or -")
    visitor.token = "forged"
    assert send(visitor, rows(1)).status_code == 401


def test_a_file_of_thousands_of_teams_is_answered_by_a_table_of_fifty_and_one_row_for_the_others(backend: Any) -> None:
    visitor = backend.visitor()
    lines = (f"2026-03-02T10:00:00Z,team-{number:04},atlas-large,9,9,8,0.{number:04},,,\n" for number in range(1, 3001))
    assert send(visitor, "".join([f"{HEADER}\n", *lines]).encode()).json()["stored"] == 3000
    with visitor.connected() as tab:
        tab.ask("Which team spends most?")
        told = tab.receive_run()[-1]["payload"]["result"]
    assert [len(told["rows"]), told["rows"][0]["name"], told["rows"][-1]["name"]] == [51, "team-3000", "2950 others"]
    # 0.0001 + ... + 0.3000 = 3000 x 3001 / 2 ten-thousandths.
    assert (told["cost"], told["calls"]) == ("450.150000000", 3000)
