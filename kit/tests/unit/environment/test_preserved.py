from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.environment import IsolatedEnvironment, get_env

KEYS = st.sampled_from("ABCD")
TEXT = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=3)
VARIABLES = st.dictionaries(KEYS, TEXT)
KINDS = st.sampled_from(["set", "delete", "direct", "isolate", "reveal", "protect", "preserve"])
STEPS = st.lists(st.tuples(KINDS, KEYS))


def carry_out(env: IsolatedEnvironment, process: dict[str, str], steps: list[tuple[str, str]]) -> None:
    for number, (step, key) in enumerate(steps):
        if step == "set":
            env.unprotect(key)
            env.set(key, str(number))
        elif step == "delete":
            env.unprotect(key)
            env.delete(key)
        elif step == "direct":
            process[key] = "direct"
        elif step == "isolate":
            env.enable_isolation()
        elif step == "reveal":
            env.disable_isolation(restore=number % 2 == 0)
        elif step == "protect":
            env.protect(key)
        else:
            with env.preserved():
                carry_out(env, process, steps[number + 1 :])


def seen(env: IsolatedEnvironment, process: dict[str, str]) -> object:
    return dict(process), dict(env.all()), env.isolated, [env.history(key) for key in "ABCD"], env._protected


@given(VARIABLES, STEPS, STEPS)
def test_whatever_happens_inside_everything_is_afterwards_what_it_was(
    process: dict[str, str], before: list[tuple[str, str]], inside: list[tuple[str, str]]
) -> None:
    env = IsolatedEnvironment(process)
    carry_out(env, process, [step for step in before if step[0] != "preserve"])
    was = seen(env, process)
    with env.preserved() as given_env:
        assert given_env is env
        carry_out(env, process, inside[:8])
    assert seen(env, process) == was


def test_what_is_set_inside_an_open_overlay_is_taken_back_too() -> None:
    env = get_env()
    before = dict(os.environ)
    with env.overlay(PRESERVED_A="outer"):
        with env.preserved():
            env.set("PRESERVED_A", "inner")
            env.set("PRESERVED_B", "new")
        assert env.get("PRESERVED_A") == "outer"
        assert not env.exists("PRESERVED_B")
    assert dict(os.environ) == before
