"""kombu's Redis transport, made to survive the death of its server.

kombu 5.7 remembers the messages that were delivered and not acknowledged. When the server dies it drops the connection first, and
then tries to put those messages back, or to acknowledge those whose task ended meanwhile: that is an AttributeError ("'NoneType'
object has no attribute 'hostname'"), which Celery takes for a fault of the program, and the whole worker ends. Here both are left
undone once the connection is gone. It also takes a server without memory for a fault of the program.

Nothing is lost: a message only rings, what is to be done is a row in PostgreSQL (work.py).
"""

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError


class QoS(redis.QoS):
    """Which messages are under way on a channel."""

    @property
    def _connected(self) -> bool:
        """Whether the channel can still reach its server: closing a connection takes one or the other of these away."""
        transport = self.channel.connection
        return transport is not None and transport.client is not None

    def ack(self, delivery_tag: str) -> None:
        if self._connected:
            super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        if self._connected:
            super().reject(delivery_tag, requeue=requeue)

    def restore_unacked_once(self, stderr: Any = None) -> None:
        if not self._connected and self._delivered is not None:
            self._delivered.clear()
        super().restore_unacked_once(stderr)


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel

    # A queue that has no memory left, or may not write, is one to come back to: no reason for a worker to end.
    connection_errors = (*redis.Transport.connection_errors, OutOfMemoryError, ReadOnlyError)


def install() -> None:
    """Let redis:// and redis+socket:// mean this transport. rediss:// is the same one with TLS switched on by its URL."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
