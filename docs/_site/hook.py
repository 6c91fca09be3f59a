"""What happens while MkDocs builds the site: generated pages come in, and the finished pages are looked through."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from assembly import generated
from fetching import fetched
from navigation import completed


def on_config(config: Any) -> Any:
    """Put into the navigation what mkdocs.yml need not name."""
    config.nav = completed(config.nav)
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
