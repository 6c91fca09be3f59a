"""Who is asking: accounts, sessions with their tokens, and single-use tickets for sockets."""

from __future__ import annotations

from agent_backend.context import EndedSession
from agent_backend.identity.accounts import AddressTaken, Enrolment, Identity, LoginRefused, TenantTaken, TenantUnknown
from agent_backend.identity.passwords import Passwords
from agent_backend.identity.session_watch import SessionWatch, SessionWatches
from agent_backend.identity.sessions import Lifetimes, SessionRecords, Sessions, TokenPair
from agent_backend.identity.tickets import AuthTicketManager, Ticket, TicketOverreach, TicketRefused, TicketStatus
from agent_backend.identity.tokens import SignedTokens, SigningKeys, Token, TokenRefused

__all__ = [
    "AddressTaken",
    "AuthTicketManager",
    "EndedSession",
    "Enrolment",
    "Identity",
    "Lifetimes",
    "LoginRefused",
    "Passwords",
    "SessionRecords",
    "SessionWatch",
    "SessionWatches",
    "Sessions",
    "SignedTokens",
    "SigningKeys",
    "TenantTaken",
    "TenantUnknown",
    "Ticket",
    "TicketOverreach",
    "TicketRefused",
    "TicketStatus",
    "Token",
    "TokenPair",
    "TokenRefused",
]
