"""All pages that are read from the code, in one place; `python docs/_site/assembly.py FOLDER` writes them there."""

from __future__ import annotations

import sys
from pathlib import Path

import benchmarks
import commands
import contracts
import lists
import names


def generated() -> dict[str, str]:
    """Every generated page by its path below docs/."""
    pages = {
        **names.pages(),
        **commands.pages(),
        **contracts.pages(),
        **lists.pages(),
        **benchmarks.pages(),
    }
    return {path: text if text.endswith("\n") else f"{text}\n" for path, text in pages.items()}


if __name__ == "__main__":
    for path, text in generated().items():
        target = Path(sys.argv[1]) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
