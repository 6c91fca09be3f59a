"""Who is asking: accounts, access tokens, and single-use tickets for sockets."""

from __future__ import annotations

from agent_backend.identity.accounts import AddressTaken, Identity, LoginRefused, TenantTaken
from agent_backend.identity.passwords import Passwords
from agent_backend.identity.session_watch import EndedSession, SessionWatch
from agent_backend.identity.tickets import AuthTicketManager, Ticket, TicketRefused
from agent_backend.identity.tokens import AccessToken, AccessTokens, TokenRefused

__all__ = [
    "AccessToken",
    "AccessTokens",
    "AddressTaken",
    "AuthTicketManager",
    "EndedSession",
    "Identity",
    "LoginRefused",
    "Passwords",
    "SessionWatch",
    "TenantTaken",
    "Ticket",
    "TicketRefused",
    "TokenRefused",
]
