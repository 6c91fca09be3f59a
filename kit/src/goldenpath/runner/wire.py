"""Messages between the processes of a run: framed, in one write each, over a socket pair.

`marshal` because both ends are the same interpreter and a test that takes a tenth of a millisecond must not wait for
its report to be written.
"""

from __future__ import annotations

import marshal
import os
import socket
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

_HEAD: Final = 4
_CHUNK: Final = 1 << 18
_MOST_DESCRIPTORS: Final = 8

Message = tuple[Any, ...]


class Wire:
    """One end of a connection; a message is a tuple whose first element names it."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._buffer = bytearray()
        self._messages: deque[Message] = deque()
        self._descriptors: list[int] = []
        self.closed = False
        """The other side has gone."""

    @classmethod
    def pair(cls) -> tuple[Wire, socket.socket]:
        """This side's end, and the other side's to be handed over."""
        ours, theirs = socket.socketpair()
        return cls(ours), theirs

    def fileno(self) -> int:
        """For `select`."""
        return self._end.fileno()

    def send(self, *message: Any) -> bool:
        """Write a message; False when nobody is left to read it."""
        return self.forward(marshal.dumps(message))

    def forward(self, content: bytes) -> bool:
        """Write a message that is already encoded."""
        if self.closed:
            return False
        try:
            self._end.sendall(len(content).to_bytes(_HEAD, "big") + content)
        except (BrokenPipeError, ConnectionResetError):
            self.closed = True
        return not self.closed

    def hand_over(self, end: socket.socket, *message: Any) -> None:
        """Write a message together with a socket that now belongs to the other side."""
        content = marshal.dumps(message)
        socket.send_fds(self._end, [len(content).to_bytes(_HEAD, "big") + content], [end.fileno()])
        end.close()

    def handed_over(self) -> socket.socket:
        """The oldest socket received that nobody has taken yet."""
        return socket.socket(fileno=self._descriptors.pop(0))

    def receive(self) -> Message | None:
        """Wait for a message; None when the other side has gone."""
        while not self._messages:
            if self.closed or not self._read():
                return None
        return self._messages.popleft()

    def drain(self) -> Iterator[Message]:
        """Read once, then yield every message that is complete; who stops half-way finds the others the next time."""
        self._read()
        while self._messages:
            yield self._messages.popleft()

    def close(self) -> None:
        """Hang up."""
        self.closed = True
        self._end.close()
        while self._descriptors:
            os.close(self._descriptors.pop())

    def _read(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._end, _CHUNK, _MOST_DESCRIPTORS)
        except ConnectionResetError:
            data, descriptors = b"", []
        self._descriptors += descriptors
        self._buffer += data
        self.closed = self.closed or not data
        self._parse()
        return bool(data)

    def _parse(self) -> None:
        taken = 0
        while len(self._buffer) - taken >= _HEAD:
            end = taken + _HEAD + int.from_bytes(self._buffer[taken : taken + _HEAD], "big")
            if len(self._buffer) < end:
                break
            self._messages.append(marshal.loads(self._buffer[taken + _HEAD : end]))
            taken = end
        del self._buffer[:taken]
