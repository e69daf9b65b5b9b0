"""
The library as another system has it: what that system lacks is taken from this process.

Run in a process of its own; `test_elsewhere` reads the one JSON object that is printed.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import io
import json
import os
import pkgutil
import platform
import select
import signal
import socket
import sys
import types
from collections.abc import Callable, Iterator
from fcntl import F_GETFL, LOCK_EX, LOCK_NB, fcntl, flock
from pathlib import Path
from typing import Any

PACKAGE = "hyperframes_dist"

# Modules of the standard library that exist on Linux and not there.
NO_MODULES = {
    "darwin": {"spwd", "nis"},
    "win32": {
        *("fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource", "spwd"),
        *("syslog", "termios", "tty"),
    },
}
# Beginnings of names in `os` that exist on Linux and not there.
NO_NAMES = {
    "darwin": (
        *(
            "eventfd",
            "getres",
            "memfd_",
            "pidfd_",
            "posix_fa",
            "sched_get",
            "sched_set",
        ),
        *("sched_rr", "splice", "setres", "copy_file_range", "getxattr", "setxattr"),
    ),
    "win32": (
        *(
            "eventfd",
            "memfd_",
            "pidfd_",
            "posix_",
            "sched_",
            "splice",
            "copy_file_range",
        ),
        *(
            "getxattr",
            "setxattr",
            "listxattr",
            "getuid",
            "geteuid",
            "getgid",
            "getegid",
        ),
        *(
            "getgroups",
            "getres",
            "setres",
            "getsid",
            "setsid",
            "getpg",
            "setpg",
            "killpg",
        ),
        *(
            "fork",
            "getloadavg",
            "sysconf",
            "confstr",
            "uname",
            "mkfifo",
            "mknod",
            "nice",
        ),
        *(
            "chown",
            "lchown",
            "fchown",
            "fchmod",
            "statvfs",
            "fstatvfs",
            "pread",
            "pwrite",
        ),
        *("sendfile", "wait3", "wait4", "waitid", "getpriority", "setpriority"),
        *("set_blocking", "get_blocking", "O_NOFOLLOW", "O_DIRECTORY", "openpty"),
    ),
}


class NotThere(importlib.abc.MetaPathFinder):
    """Finds nothing under *names*, before any other finder is asked."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname in self._names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def public_modules() -> list[str]:
    """Every module of the library, of whatever floor, but what runs when imported."""
    package = importlib.import_module(PACKAGE)
    names = [row.name for row in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")]
    # Some need a package of their own: the CDK, pyppeteer, Google's client, Ray. One runs.
    left = ("__main__", "aws.cdk", "_look.pyppeteer_bridge", "transport.gs")
    left = (*left, "engines._ray_actors")
    return [PACKAGE, *(name for name in names if not name.endswith(left))]


def move_to(system: str) -> None:
    """
    Take from this process what *system* does not have, and forget the library.

    The standard library and other packages stay loaded as they are: which of their own
    modules they choose on *system* is theirs to test.
    """
    for name in public_modules():
        importlib.import_module(name)
    platform.uname()  # Remembered there; a later call would ask os.uname.
    for name in [n for n in sys.modules if n.partition(".")[0] == PACKAGE]:
        del sys.modules[name]
    for name in NO_MODULES[system]:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, NotThere(NO_MODULES[system]))
    for name in [n for n in dir(os) if n.startswith(NO_NAMES[system])]:
        delattr(os, name)
    if system == "win32":
        # The standard library's own `subprocess` names SIGKILL; it stays.
        _delete(signal, "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "setitimer")
        _delete(select, "poll", "epoll")
        _delete(socket, "AF_UNIX")
        sys.modules["msvcrt"] = _windows_locks()
        os.fsync = _writable_only(os.fsync)
    sys.platform = system


def _delete(module: types.ModuleType, *names: str) -> None:
    for name in names:
        delattr(module, name)


def _writable_only(fsync: Callable[[int], None]) -> Callable[[int], None]:
    """As Windows has it: what was opened to be read cannot be written out."""

    def commit(descriptor: int) -> None:
        if fcntl(descriptor, F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        fsync(descriptor)

    return commit


def _windows_locks() -> types.ModuleType:
    """What Windows has instead of flock, made of it."""
    module: Any = types.ModuleType("msvcrt")
    module.LK_NBLCK = 2

    def locking(descriptor: int, mode: int, count: int) -> None:
        assert (2, 1) == (mode, count)
        try:
            flock(descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(13, "Permission denied") from error

    module.locking = locking
    return module


@contextlib.contextmanager
def _printed() -> Iterator[io.StringIO]:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()) as said,
    ):
        yield said


def _refusal(call: Callable[[], object]) -> list[str]:
    """Class and words of the error *call* ends with."""
    try:
        call()
    except Exception as error:  # noqa: BLE001
        return [type(error).__name__, str(error)]
    return ["", "no error"]


def try_all(folder: Path) -> dict[str, Any]:
    """What works and what is refused; *folder* was laid out by `test_elsewhere`."""
    for name in public_modules():
        importlib.import_module(name)
    hf: Any = importlib.import_module(PACKAGE)
    command: Any = importlib.import_module(f"{PACKAGE}.__main__")
    plan, project, chunk = folder / "plan", folder / "project", folder / "0.mp4"
    config = hf.from_json((folder / "config.json").read_bytes(), hf.RenderConfig)
    joined = hf.assemble(plan, [chunk], folder / "joined.mp4")
    pictures = hf.assemble(folder / "looks", [folder / "0.tar"], folder / "pictures")
    stack = hf.aws.Stack(**json.loads((folder / "stack.json").read_text()))
    client = hf.aws.AwsClient.connect(stack)
    store = hf.transport.open_transport((folder / "store").as_uri())
    sites: Any = importlib.import_module(DEPLOY)
    site = sites.deploy_site(store, project, config, runtime=False)
    store.delete(site.uri.removeprefix(f"{store.url}/"))
    output = folder / "never.mp4"
    with _printed() as said:
        status = command.main(["render", str(project), str(output)])
    return {
        "config": hf.to_json(config).decode(),
        "plan_hash": hf.verify_plan(plan).plan_hash,
        "recomputed": hf.recompute_plan_hash(plan),
        "sha256": [joined.sha256, pictures.sha256],
        "client": client.cloud.stack.region,
        "site": site.site_hash,
        "command": [status, said.getvalue()],
        "files": sorted(path.name for path in folder.iterdir()),
        "refused": {
            "lock": _refusal(lambda: hf.lock(project)),
            "plan": _refusal(lambda: hf.plan(project, folder / "other")),
            "probe_chrome": _refusal(hf.probe_chrome),
            "quote": _refusal(lambda: hf.quote(project)),
            "render": _refusal(lambda: hf.render(project, output)),
            "render_chunk": _refusal(lambda: hf.render_chunk(plan, 0, output)),
            "Renderer": _refusal(hf.Renderer),
        },
    }


DEPLOY = f"{PACKAGE}._wire.site"

if __name__ == "__main__":
    move_to(sys.argv[1])
    print(json.dumps(try_all(Path(sys.argv[2]))))  # noqa: T201
