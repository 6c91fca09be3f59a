"""HIPAA: the identifiers of the Privacy Rule's de-identification standard, and the Security Rule's safeguards."""

from __future__ import annotations

from typing import Final

from goldenpath.tenancy.profile import Check, DataClass, Profile

_IDENTIFIERS: Final = (
    ("A", "names", "name"),
    ("B", "geographic details below a state", "address"),
    ("C", "dates directly related to a person", "moment"),
    ("D", "telephone numbers", "phone"),
    ("E", "fax numbers", "phone"),
    ("F", "email addresses", "email"),
    ("G", "social security numbers", "digits"),
    ("H", "medical record numbers", "word"),
    ("I", "health plan beneficiary numbers", "word"),
    ("J", "account numbers", "digits"),
    ("K", "certificate and license numbers", "word"),
    ("L", "vehicle identifiers", "word"),
    ("M", "device identifiers and serial numbers", "word"),
    ("N", "web addresses", "url"),
    ("O", "IP addresses", "ip"),
    ("P", "biometric identifiers", "secret"),
    ("Q", "photographs of a face (their references)", "url"),
    ("R", "any other identifying number or code", "word"),
)

HIPAA: Final = Profile(
    "hipaa",
    "HIPAA, electronic protected health information",
    tuple(
        DataClass(letter, title, shape, f"45 CFR 164.514(b)(2)(i)({letter})") for letter, title, shape in _IDENTIFIERS
    ),
    (
        Check(
            "H1",
            "access control",
            "Only those who were given the right get at electronic protected health information.",
            "45 CFR 164.312(a)(1)",
            ("response", "value"),
            ("TL001", "TL004"),
        ),
        Check(
            "H2",
            "who is a patient",
            "That somebody is a patient somewhere is health information itself: no answer may confirm it.",
            "45 CFR 160.103, individually identifiable health information",
            ("response",),
            ("TL002", "TL003"),
        ),
        Check(
            "H3",
            "transmission",
            "What is sent over a network reaches those it is meant for.",
            "45 CFR 164.312(e)(1)",
            ("frames",),
        ),
        Check(
            "H4",
            "records of activity",
            "What records the activity in a system is no second way to the information.",
            "45 CFR 164.312(b) with 164.502(b)",
            ("logs",),
        ),
        Check(
            "H5",
            "integrity",
            "Information is not altered or destroyed by those who may not.",
            "45 CFR 164.312(c)(1)",
            ("response",),
            ("TL004",),
        ),
        Check(
            "H6",
            "minimum necessary",
            "What works on somebody's behalf is given what that takes, and nothing of others.",
            "45 CFR 164.502(b)",
            ("calls", "sql", "cache"),
        ),
    ),
)
