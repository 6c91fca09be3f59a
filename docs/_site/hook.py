"""What happens while MkDocs builds the site: generated pages come in, and the finished pages are looked through."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from assembly import generated, rule_pages
from fetching import fetched
from lists import decision_pages, title


def on_config(config: Any) -> Any:
    """Put the rules and the decisions into the navigation, where a heading stands for them."""
    for section in config.nav:
        for pages in section.values():
            for entry in pages if isinstance(pages, list) else ():
                if isinstance(entry, dict) and "Audit rules" in entry:
                    entry["Audit rules"] = ["rules/README.md", *(f"rules/{page.name}" for page in rule_pages())]
                if isinstance(entry, dict) and "Decisions" in entry:
                    listed = [{title(page): f"decisions/{page.name}"} for page in decision_pages()]
                    entry["Decisions"] = ["decisions/README.md", *listed]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are read from the code."""
    for path, text in generated().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_post_build(config: Any) -> None:
    """Refuse a site that would fetch anything from another host."""
    if foreign := fetched(Path(config.site_dir)):
        raise PluginError("the site fetches from other hosts:\n" + "\n".join(foreign))
