"""Event contracts: which events a run streams, in what form and order, as data that any stream can be held against."""

from __future__ import annotations

from goldenpath.contracts.ag_ui import AG_UI, to_ag_ui
from goldenpath.contracts.checker import Checker
from goldenpath.contracts.contract import ContractError, EventContract
from goldenpath.contracts.contract_file import load_contract, parse_contract
from goldenpath.contracts.golden_path import GOLDEN_PATH
from goldenpath.contracts.once import Once
from goldenpath.contracts.pairing import Pairing
from goldenpath.contracts.report import Coverage, Report, Violation
from goldenpath.contracts.rules import RULES, Rule
from goldenpath.contracts.timing import Gap, Numbering

__all__ = [
    "AG_UI",
    "to_ag_ui",
    "load_contract",
    "parse_contract",
    "GOLDEN_PATH",
    "RULES",
    "Checker",
    "ContractError",
    "Coverage",
    "EventContract",
    "Gap",
    "Numbering",
    "Once",
    "Pairing",
    "Report",
    "Rule",
    "Violation",
]
