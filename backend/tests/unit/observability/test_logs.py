from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from agent_backend.observability import configure_logging, correlated, correlation

SECRETS = ["hunter2-and-more", "hunter2", "abc", 'pa"ss/wörd']


@pytest.fixture
def log() -> Iterator[Callable[[str], io.StringIO]]:
    """Sends all logs to a text, in one of the forms; what was set up before comes back after the test."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def configure(form: str) -> io.StringIO:
        stream = io.StringIO()
        configure_logging("INFO", form, stream, lambda: SECRETS)
        return stream

    root.handlers[:] = []
    yield configure
    root.handlers[:], root.level = before


def test_a_line_is_one_json_object_with_the_ids_of_its_work(log: Callable[[str], io.StringIO]) -> None:
    stream = log("json")
    with correlated(request_id="req_1", run_id=None), correlated(run_id="run_1"):
        logging.getLogger("agent_backend.test").warning("look\nhere: %s", "ünïcode")
    logging.getLogger("agent_backend.test").info("outside")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert {name: first[name] for name in ("level", "logger", "message", "request_id", "run_id")} == {
        "level": "WARNING",
        "logger": "agent_backend.test",
        "message": "look\nhere: ünïcode",
        "request_id": "req_1",
        "run_id": "run_1",
    }
    assert "request_id" not in second


def test_the_text_for_people_has_them_at_its_end(log: Callable[[str], io.StringIO]) -> None:
    stream = log("text")
    with correlated(request_id="req_1"):
        logging.getLogger("a").error("failed")
    assert stream.getvalue() == "ERROR a: failed request_id=req_1\n"


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_gets_into_a_line_by_whatever_way(log: Callable[[str], io.StringIO], form: str) -> None:
    stream = log(form)
    try:
        raise ValueError("cannot log in with hunter2-and-more")
    except ValueError:
        logging.getLogger("driver").exception("url is redis://:%s@h, abc", "hunter2")
    text = stream.getvalue()
    assert "hunter2" not in text
    assert text.count("***") == 3
    assert "abc" in text
    assert "Traceback" in text


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_secret_is_found_in_the_clothes_that_it_wears_in_urls_and_in_json(
    log: Callable[[str], io.StringIO], form: str
) -> None:
    stream = log(form)
    logging.getLogger("driver").error("%s and %s", 'pa"ss/wörd', "redis://:pa%22ss%2Fw%C3%B6rd@h")
    assert "ss" not in stream.getvalue().replace("message", "")


def test_ids_go_along_into_tasks_and_do_not_come_back_out_of_them() -> None:
    async def inside(name: str) -> str:
        with correlated(run_id=name):
            await asyncio.sleep(0)
            return correlation()["run_id"] + correlation()["request_id"]

    async def main() -> list[str]:
        with correlated(request_id="!"):
            return await asyncio.gather(inside("a"), inside("b"))

    assert asyncio.run(main()) == ["a!", "b!"]
    assert dict(correlation()) == {}
