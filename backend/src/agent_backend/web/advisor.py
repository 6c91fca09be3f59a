"""The assembly of the advisor: agents, their tools, and the language layer that words the results."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from agent_backend.agents import (
    Actions,
    Agent,
    DataAgent,
    DataAvailability,
    DataHelper,
    MeasureSavings,
    Optimization,
    Reporting,
    Tool,
    Triage,
    UsageTotals,
)
from agent_backend.analysis import LIST_PRICES, Measure, Policy, PriceFileError, PriceTable, read_prices
from agent_backend.config import AgentSettings, ConfigError, LanguageSettings, Problem
from agent_backend.llm import Endpoint, LanguageBudget, LanguageLayer, OfflineLanguage, OpenAICompatibleLanguage
from agent_backend.storage import DatabaseManager, UsageMeasures, UsageStore


def agents(language: LanguageLayer, policy: Policy) -> Sequence[Agent]:
    """Every agent that a workflow may ask for."""
    return [Triage(), DataHelper(), DataAgent(), Optimization(), Actions(policy), Reporting(language)]


def prices(settings: AgentSettings) -> PriceTable:
    """The price table of the settings, or the list prices where none is set; raises ConfigError."""
    if settings.price_file is None:
        return LIST_PRICES
    try:
        return read_prices(Path(settings.price_file).read_text("utf-8"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
    except UnicodeDecodeError:
        problem = "is not UTF-8"
    except PriceFileError as error:
        problem = str(error)
    raise ConfigError([Problem("agents.price_file", f"names a file that {problem}")])


def tools(database: DatabaseManager, usage: UsageStore, prices: PriceTable, policy: Policy) -> Sequence[Tool]:
    """Every tool that an agent may call."""
    measures = UsageMeasures(database, prices, policy)
    return [
        DataAvailability(usage, prices),
        UsageTotals(usage),
        *(MeasureSavings(measure, measures, usage, prices) for measure in Measure),
    ]


@asynccontextmanager
async def language(settings: LanguageSettings, budget: LanguageBudget) -> AsyncIterator[LanguageLayer]:
    """The model of the settings, or the wording by rule where none is set."""
    if settings.url is None or settings.model is None:
        yield OfflineLanguage()
        return
    endpoint = Endpoint(
        url=settings.url.get_secret_value(),
        model=settings.model,
        api_key="" if settings.api_key is None else settings.api_key.get_secret_value(),
        whole=timedelta(seconds=settings.timeout_seconds),
    )
    async with OpenAICompatibleLanguage.open(endpoint, budget) as model:
        yield model
