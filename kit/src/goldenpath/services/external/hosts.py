"""Hosts that must not be tested on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from goldenpath.services.errors import DefinitionError
from goldenpath.services.urls import masked

ALLOW_VARIABLE: Final = "GOLDENPATH_ALLOW_HOSTS"
PRODUCTION: Final = re.compile(
    r"(?:^|[^a-z])(prod|prd|production|live|master|primary)(?:db|sql)?(?:$|[^a-z])", re.IGNORECASE
)
"""Words that name a production system in a host, a user or a database; digits and punctuation may surround them."""


def refuse_production(name: str, url: str, environ: Mapping[str, str]) -> None:
    """Raise DefinitionError when the URL looks like production and its host is not expressly allowed."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    hosts = [host for each in [parts.hostname or "", *query.get("host", ())] for host in each.split(",") if host]
    allowed = {host.strip() for host in environ.get(ALLOW_VARIABLE, "").split(",")}
    if hosts and allowed.issuperset(hosts):
        return
    named = [*hosts, parts.username or "", parts.path, *query.get("dbname", ()), *query.get("user", ())]
    suspicious = next((word for word in named if PRODUCTION.search(word)), None)
    if suspicious is not None:
        raise DefinitionError(
            f"service {name!r}: {masked(url)} looks like production ({suspicious!r}), and tests create and drop "
            f"databases; if it really is for tests, set {ALLOW_VARIABLE}={','.join(hosts)}"
        )
