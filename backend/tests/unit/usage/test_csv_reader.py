from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_backend.usage import HEADER, BrokenLine, HeaderRefused, UsageCsvReader, UsageRecord, csv_lines

GOOD = "2026-03-02T10:00:00Z,search,large,900,100,800,0.123456789,true,,f1"


def read(data: bytes, size: int = 1 << 16) -> list[UsageRecord | BrokenLine]:
    reader = UsageCsvReader()
    found: list[UsageRecord | BrokenLine] = []
    for start in range(0, len(data), size):
        found += reader.feed(data[start : start + size])
    return [*found, *reader.finish()]


def test_a_line_becomes_a_record_with_exact_money() -> None:
    [record] = read(f"{HEADER}\n{GOOD}\n".encode())
    assert isinstance(record, UsageRecord)
    assert (record.team, record.cost, record.cache_hit, record.error) == ("search", Decimal("0.123456789"), True, None)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("2026-03-02T10:00:00Z,search", "has 2 fields where the header has 10"),
        (GOOD.replace("0.123456789", "-1"), "cost: Input should be greater than or equal to 0"),
        (GOOD.replace("900", "many"), "prompt_tokens: Input should be a valid integer, unable to parse string as"),
        (GOOD.replace("search", " "), "team: Field required"),
        (GOOD.replace("10:00:00Z", "10:00:00"), "occurred_at: Input should have timezone info"),
        (GOOD.replace("search", '"search'), "has a quote that is not closed on this line"),
        (GOOD.replace("search", "sea\x00rch"), "team: must not contain the NUL character"),
        (GOOD.replace("search", "x" * 20_000), "is longer than 16384 bytes"),
    ],
)
def test_a_broken_line_is_named_with_its_problem_and_the_next_is_read(line: str, problem: str) -> None:
    broken, record = read(f"{HEADER}\n{line}\n{GOOD}\n".encode())
    assert isinstance(broken, BrokenLine)
    assert (broken.line, broken.problem[: len(problem)]) == (2, problem)
    assert isinstance(record, UsageRecord)


def test_bytes_that_are_no_text_break_their_own_line_only() -> None:
    broken, record = read(HEADER.encode() + b"\n\xff\xfe\n" + GOOD.encode())
    assert (broken, type(record)) == (BrokenLine(2, "is not UTF-8"), UsageRecord)


def test_what_was_sent_is_not_repeated_in_the_problem() -> None:
    [broken] = read(f"{HEADER}\n{GOOD.replace('900', 'a-secret')}\n".encode())
    assert isinstance(broken, BrokenLine)
    assert "a-secret" not in broken.problem


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("", "the file is empty"),
        ("when,team", "does not know 'when' and lacks 'occurred_at', 'model'"),
        (HEADER + ",team", "repeats 'team'"),
        ('"unclosed', "line 1 has a quote that is not closed"),
        ("x" * 20_000, "line 1 is longer than 16384 bytes"),
    ],
)
def test_a_file_without_our_header_is_refused_by_name(header: str, problem: str) -> None:
    with pytest.raises(HeaderRefused, match=problem):
        read(header.encode())


def test_columns_may_come_in_any_order_with_a_byte_order_mark_and_windows_line_ends() -> None:
    header = "\ufeffModel,team,occurred_at,cost,latency_ms,completion_tokens,prompt_tokens"
    [record] = read(f"{header}\r\nlarge,search,2026-03-02T10:00:00+01:00,0.5,8,7,6\r\n\r\n".encode())
    assert isinstance(record, UsageRecord)
    assert (record.model, record.prompt_tokens, record.prompt_fingerprint) == ("large", 6, None)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_whatever_comes_in_whatever_pieces_nothing_else_is_raised_and_good_lines_are_kept(
    noise: bytes, size: int
) -> None:
    data = HEADER.encode() + b"\n" + noise + b"\n" + GOOD.encode()
    found = read(data, size)
    assert isinstance(found[-1], UsageRecord)
    assert found == read(data)


def test_no_more_than_a_line_is_held() -> None:
    reader = UsageCsvReader()
    assert [*reader.feed(f"{HEADER}\n".encode())] == []
    for _ in range(100):
        assert [*reader.feed(b"x" * 10_000)] == []
    [broken, _] = reader.feed(f"\n{GOOD}\n".encode())
    assert broken == BrokenLine(2, "is longer than 16384 bytes")


def test_what_is_written_is_read_back_the_same() -> None:
    records = [item for item in read(f"{HEADER}\n{GOOD}\n".encode()) if isinstance(item, UsageRecord)]
    assert read("".join(csv_lines(records)).encode()) == records
