"""The pictures beside the pages are those that the pages' examples draw."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"\]\(([^)]+\.svg)\)")


def draws(page: Path) -> bool:
    """Whether a page shows pictures and has the code that draws them."""
    text = page.read_text()
    return bool(SHOWN.search(text)) and ".svg" in "".join(BLOCK.findall(text))


DRAWING = [page for page in sorted(DOCS.glob("**/*.md")) if draws(page)]


@pytest.mark.parametrize("page", DRAWING, ids=lambda page: page.name)
def test_a_page_draws_its_pictures(page: Path, tmp_path: Path) -> None:
    script = tmp_path / "examples.py"
    script.write_text("\n".join(["from __future__ import annotations", *BLOCK.findall(page.read_text())]))
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True, capture_output=True)
    drawn = {picture.name: picture.read_text() for picture in tmp_path.glob("*.svg")}
    assert drawn, "nothing was drawn"
    assert drawn == {name: (page.parent / name).read_text() for name in drawn}
    assert set(SHOWN.findall(page.read_text())) == drawn.keys()
