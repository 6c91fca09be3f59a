"""The pytest plugin: one module per organ, each importing its organ only when a test asks for it."""

from __future__ import annotations

pytest_plugins = (
    "goldenpath.plugin.async_plugins",
    "goldenpath.plugin.case_fixtures",
    "goldenpath.plugin.cases",
    "goldenpath.plugin.databases",
    "goldenpath.plugin.docker",
    "goldenpath.plugin.env_guard",
    "goldenpath.plugin.evidence",
    "goldenpath.plugin.heap",
    "goldenpath.plugin.leaks",
    "goldenpath.plugin.live",
    "goldenpath.plugin.markers",
    "goldenpath.plugin.mock_policy",
    "goldenpath.plugin.services",
    "goldenpath.plugin.simulation",
    "goldenpath.plugin.tenancy",
    "goldenpath.plugin.websocket",
)
