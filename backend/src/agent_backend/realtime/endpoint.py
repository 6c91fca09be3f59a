"""`/ws?ticket=…`: redeem the ticket, answer the handshake, serve the socket."""

from __future__ import annotations

import logging
from typing import Final

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

from agent_backend.context import Clock, Kind, Principal, UnifiedIDManager
from agent_backend.events import ConnectionEvents, Event
from agent_backend.identity import AuthTicketManager, TicketRefused
from agent_backend.realtime.client_socket import ClientSocket
from agent_backend.realtime.connection import Connection
from agent_backend.realtime.manager import UnifiedWebSocketManager
from agent_backend.storage import StoreUnavailable
from agent_backend.workflow import Ask, AskRefused, RunDispatcher

logger = logging.getLogger(__name__)

_TICKET_REFUSED: Final = (403, "ticket_refused", "This ticket is unknown, used or expired; get a new one.")
_STORE_UNAVAILABLE: Final = (503, "store_unavailable", "The service cannot check tickets right now; try again.")
_STOPPING: Final = (503, "shutting_down", "The service is about to stop; try again.")


class SocketEndpoint:
    """Serves every socket of the service."""

    def __init__(
        self,
        tickets: AuthTicketManager,
        manager: UnifiedWebSocketManager,
        dispatcher: RunDispatcher,
        clock: Clock,
        ids: UnifiedIDManager,
    ) -> None:
        self._tickets = tickets
        self._manager = manager
        self._dispatcher = dispatcher
        self._events = ConnectionEvents(clock.now)
        self._ids = ids

    async def serve(self, websocket: WebSocket) -> None:
        """Refuse the handshake, or serve the socket until it is closed."""
        if self._manager.stopping:
            return await _refuse(websocket, *_STOPPING)
        try:
            principal = await self._tickets.validate_ticket(websocket.query_params.get("ticket", ""))
        except TicketRefused:
            return await _refuse(websocket, *_TICKET_REFUSED)
        except StoreUnavailable:
            logger.exception("a ticket could not be checked")
            return await _refuse(websocket, *_STORE_UNAVAILABLE)
        return await self._serve(websocket, principal)

    async def _serve(self, websocket: WebSocket, principal: Principal) -> None:
        socket = ClientSocket(websocket, Connection(self._ids.new(Kind.CONNECTION), self._events))
        await socket.accept()
        socket.greet(principal)
        self._manager.add(principal, socket)
        try:
            await socket.run(lambda ask: self._answer(principal, socket.connection.id, ask))
        finally:
            self._manager.remove(principal, socket)

    async def _answer(self, principal: Principal, connection_id: str, ask: Ask) -> list[Event]:
        """The frames that answer a question at once: none when its run was started, for that speaks for itself."""
        try:
            return await self._dispatcher.submit(principal, connection_id, ask)
        except AskRefused as refused:
            return [self._error(ask, refused.code, str(refused), retryable=refused.retryable)]
        except StoreUnavailable:
            logger.exception("a question could not be stored")
            return [self._error(ask, "store_unavailable", "The service cannot work right now.", retryable=True)]
        except Exception:
            logger.exception("a question could not be taken")
            return [self._error(ask, "internal_error", "The question could not be taken.", retryable=True)]

    def _error(self, ask: Ask, code: str, message: str, *, retryable: bool) -> Event:
        return self._events.error(code, message, retryable=retryable, client_message_id=ask.client_message_id)


async def _refuse(websocket: WebSocket, status: int, code: str, message: str) -> None:
    """Answer the handshake with an HTTP error: the socket never opens."""
    response = JSONResponse({"error": {"code": code, "message": message}}, status)
    await websocket.send_denial_response(response)
