"""SOC 2: the Trust Services Criteria on logical access, confidentiality and privacy."""

from __future__ import annotations

from typing import Final

from goldenpath.tenancy.profile import Check, DataClass, Profile

_CLASSES: Final = (
    ("content", "what customers store", "text", "C1.1"),
    ("contact", "contact data of customers' users", "email", "P4.1"),
    ("account", "names and numbers of accounts", "word", "CC6.1"),
    ("credentials", "tokens, keys and passwords", "secret", "CC6.1"),
    ("configuration", "customers' configuration", "word", "C1.1"),
    ("usage", "usage and billing data", "digits", "C1.1"),
)

SOC2: Final = Profile(
    "soc2",
    "SOC 2, Trust Services Criteria (2017, revised points of focus 2022)",
    tuple(DataClass(id_, title, shape, f"TSC {cites}") for id_, title, shape, cites in _CLASSES),
    (
        Check(
            "S1",
            "logical access",
            "Access to information is restricted to those who were authorised, by tenant too.",
            "TSC CC6.1",
            ("response", "value"),
            ("TL001", "TL004"),
        ),
        Check(
            "S2",
            "least privilege",
            "Nobody can act on, or learn of, what the own role does not cover.",
            "TSC CC6.3",
            ("response",),
            ("TL002", "TL003", "TL004"),
        ),
        Check(
            "S3",
            "transmission and movement",
            "Information moves only to those it is meant for, over sockets and in files.",
            "TSC CC6.7",
            ("frames", "files"),
        ),
        Check(
            "S4",
            "confidential information",
            "Confidential information is protected wherever the system keeps it, caches and logs included.",
            "TSC C1.1",
            ("cache", "logs", "sql"),
        ),
        Check(
            "S5",
            "use of personal information",
            "Personal information is used for what it was given for: not in the work done for others.",
            "TSC P4.1",
            ("calls",),
        ),
    ),
)
