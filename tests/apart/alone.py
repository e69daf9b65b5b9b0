"""
A command in a network of its own, where this machine's loopback is all there is.

``alone.py COMMAND [ARGUMENT ...]``: for servers that listen on every address they find.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def main(command: list[str]) -> None:
    """Become *command*, in a new network."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    # Who is not root may make a network only as the root of users of its own.
    if libc.unshare(_NEW_NET | (_NEW_USER if user else 0)):
        raise OSError(ctypes.get_errno(), "no network of its own")
    if user:
        own = Path("/proc/self")
        (own / "setgroups").write_text("deny")
        (own / "uid_map").write_text(f"{user} {user} 1")
        (own / "gid_map").write_text(f"{group} {group} 1")
    _bring_up("lo")
    os.execvp(command[0], command)


def _bring_up(name: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        row = struct.pack("16sH14s", name.encode(), 0, b"")
        row = fcntl.ioctl(any_socket, _GET_FLAGS, row)
        flags = struct.unpack("16sH14s", row)[1]
        row = struct.pack("16sH14s", name.encode(), flags | _UP, b"")
        fcntl.ioctl(any_socket, _SET_FLAGS, row)


if __name__ == "__main__":
    main(sys.argv[1:])
