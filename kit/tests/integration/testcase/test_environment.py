"""What a case does to the environment reaches the programs it starts, and ends with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import redis

from goldenpath import SSotBaseTestCase, get_env

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
DIRTY = """
    import json
    import os
    import redis
    from goldenpath import SSotBaseTestCase, get_env

    BEFORE = dict(os.environ)

    def differences():
        return {key: os.environ.get(key) for key in {*BEFORE, *os.environ} if os.environ.get(key) != BEFORE.get(key)
                and key != "PYTEST_CURRENT_TEST"}

    class DirtyCase(SSotBaseTestCase):
        def setUp(self):
            self.client = redis.Redis.from_url(BEFORE["CASE_REDIS_URL"])
            self.add_cleanup(self.client.close)
            self.client.rpush("before", json.dumps(differences()))

        def test_1_sets(self):
            self.set_env_var("CASE_REGION", "eu")
            os.environ["CASE_DIRECT"] = "eu"
            assert self.client.rpush("within", *differences()) == 2

        def test_2_deletes(self):
            self.delete_env_var("PATH")
            del os.environ["HOME"]
            assert "PATH" not in os.environ

        def test_3_fails_in_the_midst(self):
            os.environ["PATH"] = "/nowhere"
            self.get_env().enable_isolation()
            self.set_env_var("CASE_REGION", "us")
            assert self.client.get("no such key"), "in the midst"

        def test_4_cleans_up_badly(self):
            os.environ["CASE_DIRECT"] = "again"
            self.add_cleanup(os.environ.__setitem__, "CASE_LATE", "set by a clean-up")
            assert differences()

        def test_5_is_the_last(self):
            assert differences() == {} and not get_env().isolated
"""


def environment_of_a_child(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program that is started now finds."""
    said = subprocess.run([sys.executable, "-c", SHOW], env=environ, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = json.loads(said)
    return found


class TestEnvironment(SSotBaseTestCase):
    def test_a_program_that_is_started_finds_the_server_that_the_case_has_set(self, told: redis.Redis) -> None:
        told.set("answer", 42)
        self.assert_env_var_set("CASE_REDIS_URL")
        program = "import os, redis; print(redis.Redis.from_url(os.environ['CASE_REDIS_URL']).get('answer'))"
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        assert said.strip() == "b'42'"

    def test_in_isolation_only_those_programs_know_that_are_told(self) -> None:
        env = self.get_env()
        env.enable_isolation()
        self.set_env_var("CASE_SECRET", "hush")
        assert "CASE_SECRET" not in environment_of_a_child()
        assert environment_of_a_child(env.subprocess_env())["CASE_SECRET"] == "hush"

    def test_variables_for_a_block_nest_as_the_programs_see_them(self) -> None:
        def region() -> str | None:
            return environment_of_a_child().get("CASE_REGION")

        seen = [region()]
        with self.temp_env_vars(CASE_REGION="eu"):
            seen.append(region())
            with self.temp_env_vars(CASE_REGION="us"):
                seen.append(region())
                with self.temp_env_vars(CASE_REGION=None):
                    seen.append(region())
                seen.append(region())
            seen.append(region())
        assert [*seen, region()] == [None, "eu", "us", None, "us", "eu", None]


@pytest.mark.parametrize("options", [(), ("-p", "no:randomly", "-W", "error")], ids=["plain", "warnings are errors"])
def test_whatever_a_test_does_to_the_environment_the_next_finds_it_as_it_was(
    run_suite: Callable[..., Any], told: redis.Redis, options: tuple[str, ...]
) -> None:
    run = run_suite(DIRTY, *options)
    assert [outcome for _, outcome in run.outcomes] == ["PASSED", "PASSED", "FAILED", "PASSED", "PASSED"], run.shown
    assert "in the midst" in run.shown
    assert [json.loads(row) for row in told.lrange("before", 0, -1)] == [{}] * 5
    assert sorted(told.lrange("within", 0, -1)) == [b"CASE_DIRECT", b"CASE_REGION"]


def test_two_processes_at_once_see_nothing_of_each_others_environment(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    suite = """
        import os
        import pytest
        import redis
        from goldenpath import SSotBaseTestCase

        class MeetingCase(SSotBaseTestCase):
            @pytest.mark.parametrize("own", ["1", "2"])
            def test_meets(self, own):
                client = redis.Redis.from_url(os.environ["CASE_REDIS_URL"], socket_timeout=None)
                self.add_cleanup(client.close)
                assert self.get_env_var("CASE_OWN") is None
                self.set_env_var("CASE_OWN", own)
                client.rpush(f"arrived {3 - int(own)}", own)
                met = client.blpop(f"arrived {own}", timeout=60)
                assert met is not None, "the other never came"
                assert os.environ["CASE_OWN"] == own
    """
    run = run_suite(suite, "-pxdist", "-n2", "-p", "xdist.looponfail")
    assert run.code == 0, run.shown
    assert "2 passed" in run.shown
    assert get_env().get("CASE_OWN") is None
