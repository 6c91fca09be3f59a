"""`@pytest.mark.simulation(seeds=200)`: run an async test under many seeds in virtual time."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Iterable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

if TYPE_CHECKING:
    from goldenpath.simulation import Failure, Simulation

MARK: Final = "simulation"
FIXTURE: Final = "simulation"
DEFAULT_SEEDS: Final = 100
OPTIONS: Final = frozenset({"seeds", "faults", "allow", "shrink"})


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("goldenpath")
    group.addoption(
        "--simulation-seed",
        type=int,
        metavar="N",
        help="run simulated tests under this seed only: the replay of a failure",
    )
    group.addoption(
        "--simulation-only", metavar="TOKENS", help="with --simulation-seed: let only these faults happen (none: '')"
    )
    group.addoption(
        "--simulation-seeds",
        type=int,
        metavar="N",
        help="run simulated tests under this many seeds, whatever their mark says",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARK}(seeds={DEFAULT_SEEDS}, faults=(), allow=(), shrink=True): runs in virtual time under each seed",
    )
    count = config.getoption("--simulation-seeds")
    if count is not None and count < 1:
        raise pytest.UsageError(f"--simulation-seeds takes a number from 1, got {count}")
    if config.getoption("--simulation-only") is not None and config.getoption("--simulation-seed") is None:
        raise pytest.UsageError("--simulation-only names faults of one seed; give --simulation-seed as well")


class Unborn:
    """What the `simulation` fixture is before the test runs: each seed brings a simulation of its own."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"no {name!r} yet: the simulation exists inside the marked test function, not in fixtures")


@pytest.fixture(name=FIXTURE)
def simulation_of_each_seed(request: pytest.FixtureRequest) -> Unborn:
    """The `Simulation` that the marked test runs in, a new one for each seed."""
    if request.node.get_closest_marker(MARK) is None:
        pytest.fail(f"the fixture {FIXTURE!r} needs the mark: @pytest.mark.{MARK}(seeds=...)", pytrace=False)
    return Unborn()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Put a synchronous function in the place of the test: nobody else, such as anyio in auto mode, then awaits it."""
    __tracebackhide__ = True
    mark = pyfuncitem.get_closest_marker(MARK) if MARK in pyfuncitem.keywords else None
    if mark is None:
        return (yield)
    simulated, function = mark, _async_function(pyfuncitem)

    def hunt(**_: object) -> None:
        __tracebackhide__ = True
        _hunt(pyfuncitem, simulated, function)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyfuncitem, "obj", hunt)
        return (yield)


def _async_function(item: pytest.Function) -> Callable[..., Any]:
    """The test as written: pytest-asyncio's auto mode has wrapped it by now, to run it on a loop of its own."""
    function: Callable[..., Any] = item.obj
    if not iscoroutinefunction(function) and item.get_closest_marker("asyncio") is not None:
        function = getattr(function, "__wrapped__", function)
    if not iscoroutinefunction(function):
        pytest.fail(f"{item.nodeid} is marked {MARK!r} and therefore has to be an 'async def'", pytrace=False)
    return function


def _hunt(item: pytest.Function, mark: pytest.Mark, function: Callable[..., Any]) -> None:
    from goldenpath.simulation import Hunter, explained, require

    __tracebackhide__ = True
    if mark.args or (unknown := sorted(set(mark.kwargs) - OPTIONS)):
        given = mark.args or unknown
        pytest.fail(f"{item.nodeid}: the mark {MARK!r} takes {', '.join(sorted(OPTIONS))}, not {given}", pytrace=False)
    arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}

    async def simulated(simulation: Simulation) -> None:
        if FIXTURE in arguments:
            arguments[FIXTURE] = simulation
        await function(**arguments)

    option = item.config.getoption
    seed, tokens = option("--simulation-seed"), option("--simulation-only")
    only = None if tokens is None else list(filter(None, tokens.split(",")))
    hunter = Hunter(
        simulated,
        tuple(mark.kwargs.get("faults", ())),
        tuple(mark.kwargs.get("allow", ())),
        failures=(Exception, pytest.fail.Exception),
    )
    seeds = _seeds(item, mark.kwargs.get("seeds", DEFAULT_SEEDS)) if seed is None else [seed]
    hunt = hunter.hunt(seeds, only=only, shrink=mark.kwargs.get("shrink", True) and only is None)
    item.user_properties.append(("simulated_runs", hunt.runs))
    if hunt.failure is not None:
        raise explained(hunt, lambda failure: _replay(item, failure))
    if hunt.runs == 0:
        pytest.fail(f"{item.nodeid} was simulated under no seed at all: its mark gives none")
    if seed is None:
        require(hunt.witnessed, hunt.runs)


def _seeds(item: pytest.Function, seeds: int | Iterable[int]) -> Iterable[int]:
    count = item.config.getoption("--simulation-seeds")
    if count is not None:
        return range(count)
    return range(seeds) if isinstance(seeds, int) else seeds


def _replay(item: pytest.Function, failure: Failure) -> str:
    only = f" --simulation-only {shlex.quote(','.join(failure.only))}" if failure.happened else ""
    return f"pytest {shlex.quote(item.nodeid)} --simulation-seed {failure.seed}{only}"
