"""One stack for several processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from goldenpath.services import Announces, DefinitionError, Service, ServiceError, ServiceStack, reaper

from .ground import Ground, wait_until

OWNER = Path(__file__).with_name("owner.py")
PIPE = subprocess.PIPE
WEB = """
import http.server, json
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(json.dumps({"url": "http://127.0.0.1:%d" % server.server_port}))
server.serve_forever()
"""


def launch(ground: Ground, shared: str, **environ: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(OWNER), json.dumps(shared)]
    return subprocess.Popen(command, env=ground.environ | environ, stdin=PIPE, stdout=PIPE, text=True)


def up(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    answer: dict[str, str] = json.loads(process.stdout.readline())
    return answer


def test_eight_processes_at_once_get_one_server_and_the_last_one_out_stops_it(ground: Ground, tmp_path: Path) -> None:
    with ExitStack() as processes:
        eight = [processes.enter_context(launch(ground, "team", GOLDENPATH_CACHE_DIR=str(tmp_path))) for _ in range(8)]
        answers = [up(process) for process in eight]
        assert len({answer["server"] for answer in answers}) == 1
        (directory,) = reaper.stacks(ground.root)
        for process in eight[:7]:
            process.kill()
            process.wait()
        assert reaper.alive(directory)
        eight[7].communicate("go\n")
    assert ground.settle() == []


def test_eight_processes_may_be_the_first_to_use_the_cache(ground: Ground, tmp_path: Path) -> None:
    with ExitStack() as processes:
        eight = [
            processes.enter_context(launch(ground, f"own-{number}", GOLDENPATH_CACHE_DIR=str(tmp_path)))
            for number in range(8)
        ]
        assert len({up(process)["url"] for process in eight}) == 8
        assert len(list(tmp_path.glob("postgres-*.pack"))) == 1
        assert len(list(ground.root.glob("*/postgres-initdb.log"))) == 1
        for process in eight:
            process.communicate("go\n")
    assert ground.settle() == []


def test_those_who_share_see_the_same_data(ground: Ground) -> None:
    one = ServiceStack("redis", shared="team", environ=ground.environ)
    other = ServiceStack("redis", shared="team", environ=ground.environ)
    with one, other:
        with one["redis"].client() as client:
            client.set("said", "hello")
        with other["redis"].client() as client:
            assert client.get("said") == b"hello"
        assert other["redis"].reason.endswith("(joined)")
    assert ground.settle() == []


def test_another_name_or_another_definition_is_another_stack(ground: Ground) -> None:
    stacks = [
        ServiceStack("redis", shared="team", environ=ground.environ),
        ServiceStack("redis", shared="other", environ=ground.environ),
        ServiceStack(Service("redis", tcp=True), shared="team", environ=ground.environ),
    ]
    with stacks[0], stacks[1], stacks[2]:
        assert len({stack["redis"].url for stack in stacks}) == 3
    assert ground.settle() == []


def test_a_stack_that_is_kept_warm_is_joined_later(ground: Ground) -> None:
    def stack() -> ServiceStack:
        return ServiceStack("redis", shared="team", keep_warm=600, environ=ground.environ)

    with stack() as first:
        url = first["redis"].url
    with stack() as second:
        assert second["redis"].url == url
        second.graceful_shutdown()
    assert ground.settle() == []


def test_a_warm_stack_ends_when_its_time_is_over(ground: Ground) -> None:
    with ServiceStack("redis", shared="team", keep_warm=0.05, environ=ground.environ):
        pass
    assert ground.settle() == []


def test_a_stack_that_was_told_to_stay_is_joined_later(ground: Ground) -> None:
    def stack() -> ServiceStack:
        return ServiceStack("redis", shared="team", environ=ground.environ)

    with stack() as first:
        url = first["redis"].url
        first.stay()
    with stack() as second:
        assert second["redis"].url == url
        second.graceful_shutdown()
    assert ground.settle() == []


def test_only_a_shared_stack_can_be_told_to_stay(ground: Ground) -> None:
    with ServiceStack("redis", environ=ground.environ) as stack:
        with pytest.raises(ServiceError, match="shared=True"):
            stack.stay()


def test_a_service_that_died_is_restarted_for_the_next_who_joins(ground: Ground) -> None:
    with ServiceStack("redis", shared="team", environ=ground.environ) as first:
        kill(first)
        with ServiceStack("redis", shared="team", environ=ground.environ) as second:
            assert second["redis"].health().ok
        assert first["redis"].health().ok


def test_all_who_share_follow_a_command_that_was_restarted(ground: Ground) -> None:
    def stack() -> ServiceStack:
        return ServiceStack(
            Service("web", command=[sys.executable, "-c", WEB], ready=Announces()),
            shared="team",
            environ=ground.environ,
        )

    with stack() as first, stack() as second:
        first["web"].restart()
        assert second["web"].health().ok
        assert second["web"].url == first["web"].url
        with stack() as third:
            assert third["web"].health().ok


def test_joining_leaves_the_stack_to_the_others(ground: Ground) -> None:
    with ServiceStack("redis", shared="team", environ=ground.environ) as first:
        with ServiceStack("redis", shared="team", environ=ground.environ):
            pass
        assert first["redis"].health().ok


def test_only_a_shared_stack_can_be_kept_warm() -> None:
    with pytest.raises(DefinitionError, match="shared=True"):
        ServiceStack("redis", keep_warm=5)


def test_a_function_cannot_tell_other_processes_whether_a_shared_service_is_ready(ground: Ground) -> None:
    web = Service("web", command=["true"], ready=lambda: True)
    with pytest.raises(DefinitionError, match="other processes cannot call your function"):
        ServiceStack(web, shared="team", environ=ground.environ).start()


def kill(stack: ServiceStack) -> None:
    handle = stack["redis"]
    with handle.client() as client:
        pid = client.info("server")["process_id"]
    os.kill(pid, 9)
    assert wait_until(lambda: handle.health().state == "dead")
