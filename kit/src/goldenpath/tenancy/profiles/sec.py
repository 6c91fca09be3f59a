"""SEC: safeguards for customer information, barriers around what is not public, records that stay what they are."""

from __future__ import annotations

from typing import Final

from goldenpath.tenancy.profile import Check, DataClass, Profile

_CLASSES: Final = (
    ("name", "names of customers", "name", "17 CFR 248.3, nonpublic personal information"),
    ("contact", "contact data of customers", "email", "17 CFR 248.3, nonpublic personal information"),
    ("taxpayer", "taxpayer identification numbers", "digits", "17 CFR 248.3, nonpublic personal information"),
    ("account", "account numbers", "digits", "17 CFR 248.3, nonpublic personal information"),
    ("positions", "holdings and balances", "text", "17 CFR 248.3, nonpublic personal information"),
    ("orders", "orders and transactions", "word", "17 CFR 248.3, nonpublic personal information"),
    ("deals", "deals and research that are not public", "text", "15 U.S.C. 78o(g)"),
    ("access", "credentials for accounts", "secret", "17 CFR 248.201, identity theft red flags"),
)

SEC: Final = Profile(
    "sec",
    "SEC, customer information and material nonpublic information",
    tuple(DataClass(*row) for row in _CLASSES),
    (
        Check(
            "E1",
            "safeguards",
            "Customers' records and information are protected against access that was not authorised.",
            "17 CFR 248.30 (Regulation S-P)",
            ("response", "value", "frames"),
            ("TL001", "TL004"),
        ),
        Check(
            "E2",
            "information barriers",
            "What is material and not public stays on its side, whichever way it could take, its existence included.",
            "15 U.S.C. 78o(g) (Exchange Act, section 15(g))",
            ("response", "frames", "calls", "logs"),
            ("TL001", "TL002", "TL003"),
        ),
        Check(
            "E3",
            "records",
            "Records that must be kept cannot be changed or removed by others.",
            "17 CFR 240.17a-4",
            ("response",),
            ("TL004",),
        ),
        Check(
            "E4",
            "copies",
            "Copies that a system makes on the way (caches, statements, files) are guarded like the records.",
            "17 CFR 248.30 (Regulation S-P)",
            ("cache", "sql", "files"),
        ),
    ),
)
