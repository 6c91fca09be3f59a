"""The site: every page is in the navigation, generated pages say what the code says, nothing comes from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import goldenpath
from goldenpath.cli.commands import COMMANDS

REPOSITORY = Path(__file__).parents[3]
DOCS = REPOSITORY / "docs"
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)\s]*)?\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page that is read from the code."""
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, str(DOCS / "_site" / "assembly.py"), str(folder)], check=True, capture_output=True)
    return folder


def navigation() -> set[str]:
    """Every page that the built site lists."""
    script = (
        "import sys, yaml; sys.path.insert(0, sys.argv[1]); from navigation import completed, pages_of;"
        "print(*pages_of(completed(yaml.safe_load(open(sys.argv[2]))['nav'])))"
    )
    command = [sys.executable, "-c", script, str(DOCS / "_site"), str(REPOSITORY / "mkdocs.yml")]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def written() -> set[str]:
    """Every page that stands below docs/."""
    return {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def made(generated: Path) -> set[str]:
    return {page.relative_to(generated).as_posix() for page in generated.rglob("*.md")}


def test_every_page_is_in_the_navigation_and_the_navigation_names_no_other(generated: Path) -> None:
    assert navigation() == written() | made(generated)


def test_no_page_is_both_written_and_generated(generated: Path) -> None:
    assert written() & made(generated) == set()


def test_every_link_between_pages_leads_somewhere(generated: Path) -> None:
    broken = []
    for root in (DOCS, generated):
        for page in root.rglob("*.md"):
            for link in LINK.findall(FENCE.sub("", page.read_text())):
                place = page.relative_to(root).parent / link
                if not any((base / place).resolve().is_file() for base in (DOCS, generated)):
                    broken.append(f"{page.relative_to(root)}: {link}")
    assert broken == []


def test_every_public_name_and_every_command_has_its_place_in_the_reference(generated: Path) -> None:
    said = "\n".join(page.read_text() for page in (generated / "reference").glob("*.md"))
    headings = set(re.findall(r"^## (\S+)$", said, re.MULTILINE))
    assert {name for name in goldenpath.__all__ if name != "__version__"} <= headings
    assert set(COMMANDS) <= headings


def test_the_pages_are_the_same_in_every_process(generated: Path, tmp_path: Path) -> None:
    script = str(DOCS / "_site" / "assembly.py")
    subprocess.run([sys.executable, script, str(tmp_path)], check=True, env={"PYTHONHASHSEED": "7", "COLUMNS": "40"})
    for page in made(generated):
        assert (tmp_path / page).read_text() == (generated / page).read_text()


def test_the_picture_of_the_benchmarks_shows_what_is_recorded(tmp_path: Path) -> None:
    picture = tmp_path / "ratios.svg"
    subprocess.run([sys.executable, str(REPOSITORY / "bench" / "_plots.py"), str(picture)], check=True)
    assert picture.read_text() == (DOCS / "pictures" / "bench-ratios.svg").read_text()


FOREIGN = [
    '<script src="https://cdn.example/a.js"></script>',
    '<link rel="stylesheet" href="//cdn.example/a.css">',
    '<link href="https://fonts.example" rel="preconnect" crossorigin>',
    "<img alt='' src='https://cdn.example/a.png'>",
    "@import url(https://fonts.example/a.css);",
    "body { background: url('//cdn.example/a.png') }",
]
OWN = ['<a href="https://example.org">elsewhere</a>', '<script src="assets/a.js"></script>', '<img src="../a.png">']


@pytest.mark.parametrize("text", FOREIGN)
def test_what_a_browser_would_fetch_from_elsewhere_is_found(text: str, tmp_path: Path) -> None:
    assert len(fetched(text, tmp_path)) == 1


@pytest.mark.parametrize("text", OWN)
def test_links_and_files_of_the_site_itself_are_left_alone(text: str, tmp_path: Path) -> None:
    assert fetched(text, tmp_path) == []


def fetched(text: str, site: Path) -> list[str]:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("fetching", DOCS / "_site" / "fetching.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    (site / "page.html").write_text(text)
    return list(module.fetched(site))
