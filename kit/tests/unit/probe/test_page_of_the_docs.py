from __future__ import annotations

import re
from pathlib import Path

from goldenpath.probe import CHECKS

PAGE = Path(__file__).parents[4] / "docs" / "probe.md"


def test_the_page_lists_every_check_as_the_table_has_it() -> None:
    rows = re.findall(r"^\| (PB\d{3}) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(), re.MULTILINE)
    assert rows == [tuple(check) for check in CHECKS.values()]
