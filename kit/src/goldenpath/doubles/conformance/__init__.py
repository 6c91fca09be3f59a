"""One body of tests per seam, to run on the double and on the real thing alike."""

from __future__ import annotations

from goldenpath.doubles.conformance.database_session import DatabaseSessionConformance
from goldenpath.doubles.conformance.llm_client import LLMClientConformance
from goldenpath.doubles.conformance.redis_client import RedisClientConformance
from goldenpath.doubles.conformance.websocket import WebSocketConformance

__all__ = ["DatabaseSessionConformance", "LLMClientConformance", "RedisClientConformance", "WebSocketConformance"]
