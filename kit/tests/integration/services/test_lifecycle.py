"""What happens to a service and a stack while they are used."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psycopg
import pytest

from goldenpath.services import (
    Announces,
    Answers,
    DeadError,
    RestartLimit,
    Service,
    ServiceError,
    ServiceHandle,
    ServiceStack,
    StartError,
    StormError,
)

from .ground import Ground, wait_until

SEGMENTS = Path("/proc/sysvipc/shm")
ECHO = """
import http.server, json, os, sys
print("started with", os.environ.get("REDIS_URL"), *sys.argv[1:])
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(json.dumps({"url": "http://127.0.0.1:%d" % server.server_port}))
server.serve_forever()
"""


def echo(name: str = "web", **definition: object) -> Service:
    return Service(name, command=[sys.executable, "-c", ECHO], ready=Announces(), **definition)  # type: ignore[arg-type]


def shared_memory(handle: ServiceHandle) -> set[str]:
    """The System V segments that a server made, which outlive a process that does not remove them."""
    assert handle.data_dir is not None
    pid = (handle.data_dir / "postmaster.pid").read_text().split()[0]
    return {row.split()[1] for row in SEGMENTS.read_text().splitlines()[1:] if row.split()[4] == pid}


def kill_postgres(handle: ServiceHandle) -> None:
    assert handle.data_dir is not None
    os.kill(int((handle.data_dir / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    assert wait_until(lambda: handle.health().state == "dead")


def test_a_service_killed_in_mid_test_is_dead_by_name_with_its_log_and_restarts_with_its_data() -> None:
    with ServiceStack("postgres", "redis") as stack:
        handle = stack["postgres"]
        with handle.client() as client:
            client.execute("CREATE TABLE t AS SELECT 42 AS n")
        kill_postgres(handle)
        assert handle.health().detail == "it was killed by SIGKILL"
        with pytest.raises(DeadError, match=r"'postgres' \(embedded\) is dead: it was killed by SIGKILL\nThe last it"):
            stack.check()
        report = stack.get_health_report()
        assert not report.ok
        assert [each.state for each in report.services.values()] == ["dead", "ready"]
        assert "ready to accept connections" in str(report)
        handle.restart()
        assert stack.get_health_report().services["postgres"].restarts == 1
        with handle.client() as client:
            assert client.execute("SELECT n FROM t").fetchone() == (42,)


def test_a_restart_storm_is_stopped() -> None:
    with ServiceStack(Service("redis", restart_limit=RestartLimit(maximum=2))) as stack:
        stack["redis"].restart()
        stack["redis"].restart()
        with pytest.raises(StormError, match="restarted 2 times within 60 s, and 2 is its limit"):
            stack["redis"].restart()
        assert stack["redis"].health().ok


def test_a_restarted_command_is_ready_only_when_it_announces_itself_anew() -> None:
    with ServiceStack(echo()) as stack:
        first = stack["web"].url
        stack["web"].restart()
        assert stack["web"].url != first
        assert stack["web"].health().ok


def test_a_stopped_service_leaves_the_others_alone() -> None:
    with ServiceStack("redis", echo()) as stack:
        stack["web"].stop()
        assert stack["web"].health().state == "dead"
        assert stack["redis"].health().ok


def test_services_start_after_what_they_need_and_refer_to_it() -> None:
    web = Service(
        "web",
        needs=["redis", "first"],
        command=[sys.executable, "-c", ECHO, "{first.port}", '{"json": {}}'],
        ready=Announces(),
    )
    with ServiceStack(web, echo("first", needs=["redis"]), "redis") as stack:
        words = f'started with {stack["redis"].url} {stack["first"].port} {{"json": {{}}}}'
        assert words in stack["web"].logs()


def test_a_command_is_ready_when_it_answers_requests() -> None:
    with ServiceStack(echo()) as web:
        probe = Service("probe", command=["sleep", "60"], ready=Answers(web["web"].url))
        with ServiceStack(probe) as stack:
            assert stack["probe"].url == web["web"].url


def test_a_command_without_a_way_to_be_ready_is_ready_when_it_runs() -> None:
    with ServiceStack(Service("worker", command=["sleep", "60"])) as stack:
        assert stack["worker"].health().ok
        assert stack["worker"].url == ""


def test_what_hangs_is_an_error_with_its_log_after_its_start_timeout(ground: Ground) -> None:
    mute = Service("mute", command=["sh", "-c", "echo thinking; sleep 60"], ready=Announces(), start_timeout=3)
    with pytest.raises(StartError, match=r"'mute'.* not ready after 3 s: no line of its output.*(?s:.*)thinking"):
        ServiceStack(mute, environ=ground.environ).start()
    assert ground.left() == []


def test_a_failing_service_takes_the_whole_stack_with_it(ground: Ground) -> None:
    broken = Service("broken", command=["sh", "-c", "exit 3"], needs=["postgres"], ready=Announces())
    with pytest.raises(StartError, match="ended with exit code 3 before it was ready"):
        ServiceStack("postgres", broken, environ=ground.environ).start()
    assert ground.left() == []


def test_shutting_down_waits_until_nothing_is_left(ground: Ground) -> None:
    for end in (ServiceStack.graceful_shutdown, ServiceStack.force_shutdown):
        stack = ServiceStack("postgres", "redis", echo(), environ=ground.environ).start()
        segments = shared_memory(stack["postgres"])
        assert segments
        end(stack)
        assert ground.left() == []
        assert segments.isdisjoint(row.split()[1] for row in SEGMENTS.read_text().splitlines())
        stack.stop()


def test_a_command_gets_time_to_end_gracefully_and_none_when_forced(ground: Ground, tmp_path: Path) -> None:
    note = f"{tmp_path}/note"
    program = f"trap 'echo bye > {note}; exit' TERM; echo up; while :; do sleep 0.01; done"
    worker = Service("worker", command=["sh", "-c", program])
    stack = ServiceStack(worker, environ=ground.environ).start()
    assert wait_until(lambda: "up" in stack["worker"].logs())
    stack.force_shutdown()
    assert not os.path.exists(note)
    stack = ServiceStack(worker, environ=ground.environ).start()
    assert wait_until(lambda: "up" in stack["worker"].logs())
    stack.graceful_shutdown()
    assert os.path.exists(note)


def test_what_a_command_leaves_running_is_ended_with_it(ground: Ground) -> None:
    worker = Service("worker", command=["sh", "-c", f"setsid sh -c 'sleep 600; :' {ground.root} & echo up; wait"])
    with ServiceStack(worker, environ=ground.environ) as stack:
        assert wait_until(lambda: any("sleep 600" in process for process in ground.processes()))
        stack.graceful_shutdown()
    assert ground.left() == []


def test_a_stack_is_started_once_and_can_be_started_again_after_its_end() -> None:
    stack = ServiceStack("redis")
    with stack:
        with pytest.raises(ServiceError, match="already started"):
            stack.start()
    with stack:
        assert stack["redis"].health().ok


def test_what_is_not_there_is_refused_by_name() -> None:
    stack = ServiceStack("redis")
    with pytest.raises(KeyError, match="'redis' is not started"):
        stack["redis"]
    with stack, pytest.raises(KeyError, match="'postgres' is not in this stack; this stack has redis"):
        stack["postgres"]
    with pytest.raises(ServiceError, match="not started"):
        stack.get_health_report()


def test_a_versioned_server_is_the_one_asked_for() -> None:
    with ServiceStack(Service("postgres", version="16"), Service("newest", kind="postgres")) as stack:
        majors = []
        for handle in stack.values():
            with handle.client() as client:
                majors.append(client.info.server_version // 10000)
    assert majors[0] == 16 < majors[1]


def test_options_reach_the_servers() -> None:
    definitions = [
        Service("postgres", options={"wal_level": "logical", "max_wal_senders": "4"}),
        Service("redis", options={"maxmemory": "32mb"}),
    ]
    with ServiceStack(*definitions) as stack:
        with stack["postgres"].client() as client:
            assert client.execute("SHOW wal_level").fetchone() == ("logical",)
        with stack["redis"].client() as client:
            assert client.config_get("maxmemory")["maxmemory"] == str(32 << 20)


def test_a_server_on_a_port_demands_its_password_there() -> None:
    with ServiceStack(Service("postgres", tcp=True), Service("redis", tcp=True)) as stack:
        postgres, redis = stack.values()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=postgres.host, port=postgres.port, user="postgres", password="guess")
        import redis as driver

        with driver.Redis(host=redis.host, port=redis.port or 0) as stranger:
            with pytest.raises(driver.AuthenticationError):
                stranger.ping()


@pytest.mark.asyncio
async def test_an_asynchronous_start_that_is_cancelled_leaves_nothing(ground: Ground) -> None:
    async def use() -> None:
        async with ServiceStack("postgres", "redis", environ=ground.environ):
            raise AssertionError("not cancelled")

    task = asyncio.create_task(use())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ground.settle() == []
