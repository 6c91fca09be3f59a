"""`/ws?ticket=…`: redeem the ticket, answer the handshake, serve the socket."""

from __future__ import annotations

import logging
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from agent_backend.context import Clock, Kind, Permission, Principal, UnifiedIDManager
from agent_backend.events import ConnectionEvents
from agent_backend.identity import AuthTicketManager, TicketRefused
from agent_backend.realtime.client_socket import ClientSocket
from agent_backend.realtime.connection import Connection
from agent_backend.realtime.following import RunFollower
from agent_backend.realtime.manager import TooManySockets, UnifiedWebSocketManager
from agent_backend.realtime.messages import (
    AskMessage,
    CancelMessage,
    FollowMessage,
    HeartbeatMessage,
    Message,
    ResumeMessage,
)
from agent_backend.realtime.origins import Origins
from agent_backend.realtime.sessions import SessionChecks
from agent_backend.storage import Announcements, StoreUnavailable
from agent_backend.workflow import Ask, AskRefused, RunDispatcher

logger = logging.getLogger(__name__)

_Refusal = tuple[int, str, str]
_ORIGIN_REFUSED: Final = (403, "origin_refused", "Pages of this origin may not open sockets here.")
_TICKET_REFUSED: Final = (403, "ticket_refused", "This ticket is unknown, used or expired; get a new one.")
_TOO_MANY: Final = (429, "too_many_sockets", "This user has too many sockets open; close one first.")
_STORE_UNAVAILABLE: Final = (503, "store_unavailable", "The service cannot check tickets right now; try again.")
_STOPPING: Final = (503, "shutting_down", "The service is about to stop; try again.")


class SocketEndpoint:
    """Serves every socket of the service."""

    def __init__(
        self,
        tickets: AuthTicketManager,
        manager: UnifiedWebSocketManager,
        follower: RunFollower,
        announcements: Announcements,
        dispatcher: RunDispatcher,
        checks: SessionChecks,
        clock: Clock,
        ids: UnifiedIDManager,
        origins: Origins,
    ) -> None:
        self._tickets = tickets
        self._manager = manager
        self._follower = follower
        self._announcements = announcements
        self._dispatcher = dispatcher
        self._checks = checks
        self._clock = clock
        self._events = ConnectionEvents(clock.now)
        self._ids = ids
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the handshake, or serve the socket until it is closed.

        An ASGI application and no Starlette endpoint: its WebSocket checks for every frame what our states know.
        """
        refusal = await self._redeem(HTTPConnection(scope))
        if isinstance(refusal, Principal):
            return await self._serve(receive, send, refusal)
        status, code, message = refusal
        response = JSONResponse({"error": {"code": code, "message": message}}, status)
        return await WebSocket(scope, receive, send).send_denial_response(response)

    async def _redeem(self, request: HTTPConnection) -> Principal | _Refusal:
        """Whose ticket it is; a page that may not connect does not even use the ticket up."""
        if self._manager.stopping:
            return _STOPPING
        headers = request.headers
        if not self._origins.allow(headers.get("origin"), headers.get("host", "")):
            return _ORIGIN_REFUSED
        try:
            principal = await self._tickets.validate_ticket(request.query_params.get("ticket", ""))
            self._manager.admit(principal)
        except TicketRefused:
            return _TICKET_REFUSED
        except TooManySockets:
            return _TOO_MANY
        except StoreUnavailable:
            logger.exception("a ticket could not be checked")
            return _STORE_UNAVAILABLE
        return principal

    async def _serve(self, receive: Receive, send: Send, principal: Principal) -> None:
        await receive()
        limits = self._manager.limits
        connection = Connection(self._ids.new(Kind.CONNECTION), self._events, self._clock.monotonic(), limits)
        socket = ClientSocket(principal, connection, receive, send, self._clock, limits)
        if self._manager.add(principal, socket):
            await self._announcements.join(principal)
        try:
            await socket.accept()
            await socket.run(self._answer)
        finally:
            if self._manager.remove(principal, socket):
                await self._announcements.leave(principal)

    async def _answer(self, socket: ClientSocket, message: Message) -> None:
        """Do what a client asks for; whatever goes wrong, it hears what became of it and the socket lives on."""
        about = message.client_message_id if isinstance(message, AskMessage) else None
        run_id = message.run if isinstance(message, (ResumeMessage, CancelMessage)) else None
        try:
            if not socket.checked:
                await self._checks.check([socket])
            if socket.connection.may_send():
                await self._do(socket, message)
        except AskRefused as refused:
            code, text, retryable = refused.code, str(refused), refused.retryable
        except StoreUnavailable:
            logger.exception("a message could not be handled")
            code, text, retryable = "store_unavailable", "The service cannot work right now.", True
        except Exception:
            logger.exception("a message could not be handled")
            code, text, retryable = "internal_error", "The message could not be taken.", True
        else:
            return
        socket.say(self._events.error(code, text, retryable=retryable, client_message_id=about, run_id=run_id))

    async def _do(self, socket: ClientSocket, message: Message) -> None:
        principal = socket.principal
        if isinstance(message, (AskMessage, CancelMessage)) and not principal.may(Permission.CHAT):
            raise AskRefused("not_permitted", "The ticket of this socket does not permit to ask.", retryable=False)
        match message:
            case AskMessage():
                ask = Ask(message.thread_id, message.text, message.client_message_id)
                taken = await self._dispatcher.submit(principal, socket.connection.id, ask)
                if taken.again:
                    await self._follower.resume(socket, taken.run_id, taken.epoch, 0)
                elif (user := self._manager.of(principal)) is not None:
                    user.follow(taken.run_id)
            case ResumeMessage():
                await self._follower.resume(socket, message.run, message.epoch, message.after)
            case FollowMessage():
                await self._follower.follow(socket)
            case CancelMessage():
                await self._dispatcher.cancel(principal, message.run)
            case HeartbeatMessage():
                return
