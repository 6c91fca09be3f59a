"""Walk the golden path of several tenants on real services, kill an instance, and check every promise.

Two instances of the reference backend stream to several tenants at once; one is killed in the middle and the other
takes its runs over; two tenants full of canaries try to see each other; a small suite with planted sins is audited.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.cli.demo.outcome import Outcome

EXIT_SERVICE: Final = 5
NEEDS: Final = {
    "agent_backend": "pip install goldenpath-backend",
    "psycopg": "pip install 'goldenpath[services]'",
    "websockets": "pip install 'goldenpath[live]'",
}
REPORT: Final = "demo.html"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=port, default=0, help="port of the instance that survives (default: a free one)")
    parser.add_argument("--plain", action="store_true", help="print lines instead of a live table")
    parser.add_argument("--keep", action="store_true", help="leave the backend running, and say how to log in")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=f"where the HTML report goes (default: {REPORT} in the cache folder)",
    )


def port(text: str) -> int:
    """A TCP port; 0 means a free one."""
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise ValueError(text)
    return number


def run(options: argparse.Namespace) -> int:
    """Run the demo; 0 only if everything it promises held."""
    missing = {name: cure for name, cure in NEEDS.items() if find_spec(name) is None}
    if missing:
        return _refused(f"{', '.join(missing)} not installed; {'; '.join(missing.values())}")
    if options.report is not None and not options.report.absolute().parent.is_dir():
        return _refused(f"--report {options.report}: there is no folder {options.report.absolute().parent}")

    from goldenpath.cli.demo.backend import UnexpectedAnswer
    from goldenpath.cli.demo.usage import UsageMissing
    from goldenpath.live import LiveError
    from goldenpath.services import ServiceError

    foreseen = (LiveError, UnexpectedAnswer, UsageMissing, OSError)
    try:
        return EXIT_OK if demonstrate(options).ok else EXIT_FAILED
    except ServiceError as error:
        sys.stderr.write(f"goldenpath demo: {error}\n")
        return EXIT_SERVICE
    except foreseen as error:
        failures: tuple[BaseException, ...] = (error,)
    except ExceptionGroup as group:
        broken, unforeseen = group.split(foreseen)
        if unforeseen is not None or broken is None:
            raise
        failures = broken.exceptions
    for failure in failures:
        sys.stderr.write(f"goldenpath demo: {failure}\n")
    return EXIT_FAILED


def demonstrate(options: argparse.Namespace) -> Outcome:
    """Start everything, perform, tell, and stop everything unless it is to be kept."""
    from goldenpath.cli.demo import analytics
    from goldenpath.cli.demo.play import perform
    from goldenpath.cli.demo.stage import INSTANCES, Stage, refuse_second
    from goldenpath.cli.demo.usage import Harvest
    from goldenpath.cli.demo.view import choose
    from goldenpath.cli.demo.wording import closing

    if options.keep:
        refuse_second()
    view, began = choose(plain=options.plain), time.monotonic()
    view.note("starting postgres, redis and two instances of the reference backend …")
    if not analytics.installed():
        view.note(analytics.ABSENT)
    harvest = Harvest()
    stage = Stage(port=options.port, keep=options.keep)
    with stage.stack as stack:
        view.note("they answer at " + " and ".join(stage.url(name) for name in INSTANCES))
        outcome = perform(stage, harvest.tenants(), view, began)
        view.summary(outcome)
        view.note(closing(outcome))
        view.note("the report:")
        view.note(str(_report(outcome, options.report)))
        if options.keep:
            stack.stay()
            for line in stage.farewell(outcome):
                view.note(line)
    return outcome


def _report(outcome: Outcome, wanted: Path | None) -> Path:
    from goldenpath.cli.demo.page import demo_page
    from goldenpath.environment import get_env
    from goldenpath.keeping import cache_folder, write_whole
    from goldenpath.reporting import render_page

    path = wanted.absolute() if wanted is not None else cache_folder(get_env().all()) / REPORT
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, render_page(demo_page(outcome)).encode())
    return path


def _refused(why: str) -> int:
    sys.stderr.write(f"goldenpath demo: {why}\n")
    return EXIT_USAGE
