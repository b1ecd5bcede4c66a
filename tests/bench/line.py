"""A slow and unsteady line: a TCP proxy with a delay, a rate for what goes up, and connections that
break. What goes through is not read.

    line.py TO_PORT DELAY_MS BITS_PER_S RESET_EVERY_BYTES SEED

Prints the port that it listens on, serves until its standard input is closed, then prints how many
connections it broke. Python, because Node cannot set the size of a socket's receive buffer: with
the loopback's megabytes the sender would believe that all is sent at once.
"""

import asyncio
import contextlib
import random
import socket
import struct
import sys

PIECE = 16 * 1024
BUFFER = 64 * 1024
# Timers are late by a millisecond or two, as long as a piece takes at 100 Mbit/s: what was lost by
# that is made up for, or the line would take half of what it says.
LATE = 0.02


class Line:
    def __init__(self, to, delay_ms, bits_per_s, reset_every, seed):
        self.to = to
        self.delay = delay_ms / 1000
        self.rate = bits_per_s / 8
        self.reset_every = reset_every
        self.random = random.Random(seed)
        self.free = 0.0
        self.resets = 0

    async def accept(self, reader, writer):
        # asyncio does so only for sockets of its own. Else what comes back in small pieces, answers
        # and updates of windows, would wait up to 40 ms for the acknowledgement of the one before.
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.close()
            return
        up = asyncio.create_task(self.upwards(reader, back, writer))
        down = asyncio.create_task(self.downwards(there, writer))
        await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
        # What is on its way still arrives.
        await asyncio.sleep(2 * self.delay)
        for task in (up, down):
            task.cancel()
        for end in (writer, back):
            end.close()

    async def upwards(self, reader, back, writer):
        """Pieces leave one after the other, each as long as the line takes for it, then travel."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE):
                if self.random.random() < len(piece) / self.reset_every:
                    self.resets += 1
                    reset(writer)
                    return
                self.free = max(self.free, loop.time() - LATE) + len(piece) / self.rate
                if (ahead := self.free - loop.time()) > 0:
                    await asyncio.sleep(ahead)
                loop.call_later(self.delay, back.write, piece)

    async def downwards(self, there, writer):
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while piece := await there.read(PIECE):
                loop.call_later(self.delay, writer.write, piece)


def reset(writer):
    """Ends a connection without a farewell."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def main():
    numbers = [int(word) for word in sys.argv[1:]]
    line = Line(*numbers)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(line.accept, sock=listener, limit=PIECE)
    print(listener.getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()
    print(line.resets, flush=True)


asyncio.run(main())
