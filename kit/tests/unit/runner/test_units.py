from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from goldenpath.runner.local.units import EXCLUSIVE, Backlog, Task, units

TASKS = st.lists(
    st.builds(
        Task,
        number=st.just(0),
        seconds=st.one_of(st.none(), st.floats(0.0, 5.0)),
        tokens=st.sampled_from([(), (), (), ("heavy",), (EXCLUSIVE,), ("heavy", "gpu")]),
        group=st.sampled_from(["", "", "a", "b"]),
    ),
    max_size=40,
).map(lambda tasks: [Task(n, each.seconds, each.tokens, each.group) for n, each in enumerate(tasks)])


@given(TASKS, st.integers(1, 6))
def test_units_hold_every_task_once_and_only_mix_tasks_of_one_group(tasks: list[Task], workers: int) -> None:
    cut = units(tasks, workers)
    assert sorted(number for unit in cut for number in unit.numbers) == [task.number for task in tasks]
    for unit in cut:
        groups = {tasks[number].group for number in unit.numbers}
        assert len(groups) == 1
        assert len(unit.numbers) == 1 or groups != {""}


@given(TASKS, st.integers(1, 6), st.none() | st.floats(0.0, 0.1), st.randoms(use_true_random=False))
def test_every_task_is_given_out_once_and_tokens_are_never_overdrawn(
    tasks: list[Task], workers: int, usual: float | None, chance: object
) -> None:
    backlog = Backlog(units(tasks, workers), {"heavy": 2}, workers)
    names = [f"gw{number}" for number in range(workers)]
    running: dict[str, tuple[int, ...]] = {}
    given_out: Counter[int] = Counter()
    while backlog or running:
        for name in names:
            if name not in running and (numbers := backlog.take(name, usual)):
                running[name] = numbers
                given_out.update(numbers)
        held = Counter(token for numbers in running.values() for token in tasks[numbers[0]].tokens)
        if workers > 1:
            assert held["heavy"] <= 2
            assert held["gpu"] <= 1
            assert not held[EXCLUSIVE] or len(running) == 1
        assert running, "something waits and nothing runs"
        done = chance.choice(sorted(running))  # type: ignore[attr-defined]
        del running[done]
        backlog.release(done)
    assert given_out == Counter(task.number for task in tasks)


def test_the_longest_come_first_and_urgent_ones_before_them() -> None:
    tasks = [Task(0, 1.0), Task(1, 3.0), Task(2, 2.0), Task(3, 0.5, urgent=True)]
    backlog = Backlog(units(tasks, 2), {}, 2)
    assert [backlog.take("gw0") for _ in tasks] == [(3,), (1,), (2,), (0,)]


def test_one_worker_keeps_the_order_of_the_files() -> None:
    tasks = [Task(0, 1.0), Task(1, 3.0), Task(2, 2.0)]
    backlog = Backlog(units(tasks, 1), {}, 1)
    assert [backlog.take("main") for _ in tasks] == [(0,), (1,), (2,)]


def test_tests_that_share_fixtures_stay_together_unless_that_holds_up_the_end() -> None:
    shared = [Task(n, 1.0, group="m") for n in range(10)]
    free = [Task(n, 1.0) for n in range(10, 100)]
    first, *_ = units(shared + free, 2)
    assert first.numbers == tuple(range(10))
    assert len(units([Task(n, 1.0, group="m") for n in range(40)], 2)) == 4


def test_what_a_dead_worker_had_not_begun_is_given_to_another() -> None:
    backlog = Backlog(units([Task(0, 1.0)], 2), {}, 2)
    assert backlog.take("gw0") == (0,)
    backlog.put_back([0], {0: ("heavy",)})
    assert backlog.take("gw1") == (0,)


def test_quick_tests_are_given_out_by_the_handful() -> None:
    backlog = Backlog(units([Task(n, None) for n in range(200)], 2), {}, 2)
    assert len(backlog.take("gw0")) == 1
    assert len(backlog.take("gw0", usual=0.001)) == 32
