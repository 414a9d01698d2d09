"""The forwarder: loopback ports of this machine to addresses inside the lab. A process of its own; `lab down` ends it.

It opens its listening sockets first, then moves to the lab's network namespace: sockets keep the namespace they were
made in, so it listens outside and connects inside.
"""

import asyncio
import ctypes
import os
import resource
import socket
import sys

CLONE_NEWNET = 0x40000000
CHUNK = 1 << 16


def listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    return listener


def enter_network(path: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with open(path) as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {path}")


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One direction, including the half close at its end."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def immediate(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def forward(address: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection. When the inside does not answer the client sees its connection closed."""
    inner = None
    try:
        inner_reader, inner = await asyncio.wait_for(asyncio.open_connection(address, port), 10)
        immediate(writer)
        immediate(inner)
        await asyncio.gather(copy(reader, inner), copy(inner_reader, writer))
    except (OSError, asyncio.TimeoutError):
        pass  # either side went away: the other one is closed below
    finally:
        for side in (writer, inner):
            if side is not None:
                side.close()


async def serve(routes: list[tuple[socket.socket, str, int]]) -> None:
    servers = []
    for listener, address, port in routes:
        servers.append(await asyncio.start_server(
            lambda r, w, a=address, p=port: forward(a, p, r, w), sock=listener))
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main(namespace: str, routes: list[str]) -> None:
    """Each route is LOCALPORT:ADDRESS:PORT."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    opened = []
    for route in routes:
        local, address, port = route.split(":")
        opened.append((listen(int(local)), address, int(port)))
    enter_network(namespace)
    os.chdir("/")
    asyncio.run(serve(opened))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
