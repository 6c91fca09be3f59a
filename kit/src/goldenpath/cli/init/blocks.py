"""What is written into a project, as text."""

from __future__ import annotations

from typing import Final

TABLES: Final = {
    "audit": """\
[tool.goldenpath.audit]
# Everything is found by convention; `goldenpath audit --help` and its page name what can be set.
baseline = ".goldenpath-audit-baseline.json"
""",
    "runner": """\
[tool.goldenpath.runner]
# Categories and layers have built-in tables: `goldenpath run --list-categories` prints them.
timeout = 300
""",
}
"""The tables below `tool.goldenpath`, each only where a project has none of that name."""

WORKFLOW: Final = """\
name: goldenpath
on: [push, pull_request]
permissions:
  contents: read
jobs:
  goldenpath:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install 'goldenpath[audit]' {install}
      - run: goldenpath audit --locked --format github
      - run: goldenpath run --github
"""

HOOK: Final = """\
- repo: local
  hooks:
    - id: goldenpath-audit
      name: goldenpath audit
      entry: goldenpath audit --locked
      language: system
      types_or: [python]
      require_serial: true
"""

IGNORED: Final = ".goldenpath/"
"""Evidence and history of the runs: they belong to a machine, not to the project."""
