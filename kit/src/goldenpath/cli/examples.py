"""What to type first: for each command the lines that most people need, shown by its help and in the manual."""

from __future__ import annotations

from typing import Final, NamedTuple


class Example(NamedTuple):
    """A line to type, without `goldenpath`, and what it is for."""

    line: str
    purpose: str


FIRST_STEPS: Final = (
    Example("demo", "see all of it at work, in under a minute"),
    Example("init", "add the toolkit to the project you are in"),
    Example("audit", "learn what its tests hide"),
    Example("run --mode fast_feedback", "run them, and prove what ran"),
)
EXAMPLES: Final[dict[str, tuple[Example, ...]]] = {
    "run": (
        Example("run --mode fast_feedback", "what you want to know before a commit"),
        Example("run --changed-since origin/main", "only what your branch can touch"),
        Example("run tests/unit -n auto --html report.html", "on all cores, with a report for people"),
        Example("run -- --pdb", "what follows -- goes to pytest"),
    ),
    "evidence": (
        Example("evidence verify evidence.json", "is this what a run wrote, untouched and complete?"),
        Example("evidence show evidence.json", "what ran, and what came out"),
    ),
    "secrets": (Example("secrets check secrets.toml", "before a deployment, not after it"),),
    "services": (
        Example("services up", "PostgreSQL and Redis that stay up; tests join them"),
        Example("services status", "which stacks run, and where"),
        Example("services logs postgres", "what it wrote"),
        Example("services down", "end them"),
    ),
    "demo": (
        Example("demo", "watch it; ends 0 only if every promise held"),
        Example("demo --keep", "leave the backend running, and say how to log in"),
        Example("demo --plain --report demo.html", "for a pipe or a CI job"),
    ),
    "audit": (
        Example("audit", "the whole project"),
        Example("audit --diff origin/main", "only the lines that your branch changes"),
        Example("audit --explain GP501", "what a rule flags, why, and how to mend it"),
        Example("audit --update-baseline", "accept what stands; from then on only new findings fail"),
    ),
    "migrate": (
        Example("migrate --dry-run", "show what would be rewritten"),
        Example("migrate --verify", "rewrite, and run the tests before and after"),
        Example("migrate --undo", "put everything back"),
    ),
    "census": (Example("census", "how many tests there are, by what pytest would collect"),),
    "init": (Example("init --dry-run", "show what would be added"), Example("init", "add it")),
    "find": (Example("find websocket double", "is there one already, here or in the toolkit?"),),
    "mcp": (Example("mcp", "speak the Model Context Protocol on standard input and output"),),
    "check-events": (
        Example("check-events capture.jsonl", "hold a capture against the golden path"),
        Example("check-events - --contract ag-ui", "read standard input, hold it against AG-UI"),
    ),
    "probe": (
        Example("probe http://127.0.0.1:8000", "check a running backend from outside"),
        Example("probe --list", "what there is to check"),
    ),
    "completion": (
        Example("completion bash > ~/.local/share/bash-completion/completions/goldenpath", "for every new shell"),
        Example("completion fish > ~/.config/fish/completions/goldenpath.fish", "the same for fish"),
    ),
    "man": (Example("man > ~/.local/share/man/man1/goldenpath.1", "then: man goldenpath"),),
}


def taught(examples: tuple[Example, ...]) -> str:
    """The lines in two columns, or one below the other where a line is long."""
    width = max(len(example.line) for example in examples)
    if width > 40:
        return "".join(f"  goldenpath {line}\n      {purpose}\n" for line, purpose in examples)
    return "".join(f"  goldenpath {line:<{width}}  {purpose}\n" for line, purpose in examples)
