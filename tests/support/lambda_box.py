"""
Lambda's surroundings on this machine: nothing but /tmp can be written, and little is there.

The root is a Debian with the Python of Lambda's runtime and its runtime client, made once by
`mmdebstrap`; `bwrap` puts a function into it. Not Amazon Linux: its glibc is newer, so what
it proves about symbol versions is nothing, and `read_elf` looks at those.

    with LambdaApi() as api, LambdaBox(task=unzip(path, folder)).serve(api, "m.handler"):
        result = api.invoke({"Action": "plan"}, timeout=60)
"""

from __future__ import annotations

import contextlib
import shutil
import stat
import subprocess
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from hyperframes_dist._tools.files import default_cache, file_lock, work_dir
from hyperframes_dist._tools.process import kill_group
from hyperframes_dist.aws._zip.wheels import fetch_wheels, read_lock, wheel_files
from hyperframes_dist.progress import Control
from lambda_api import LambdaApi

SUITE, PYTHON, ARCH = "trixie", "3.13", "x86_64"
"""The Debian whose Python is the one of the default ZIP."""

LOCK = Path(__file__).with_name("lambda-runtime.json")
"""The runtime client and what it needs, pinned as the ZIP's wheels are."""

_PACKAGES = "python3,libstdc++6"
_GONE = (
    # Lambda has none of these, so nothing may need them.
    *("usr/bin/tar", "usr/bin/unzip", "usr/bin/dpkg*", "usr/bin/apt*", "usr/bin/perl*"),
    *("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl5"),
    *("var/cache/*", "var/lib/apt", "usr/lib/*/perl-base", "usr/lib/*/libnss3*"),
)
_UID, _GID = 993, 990
_MIB = 1 << 20


def lambda_root(cache: Path | None = None) -> Path:
    """The root directory, made below *cache* if it is not there yet; takes seconds once."""
    folder = (cache or default_cache()) / "lambda-root"
    root = folder / f"{SUITE}-{PYTHON}-1"
    with file_lock(folder / ".lock"):
        if not root.is_dir():
            with work_dir(root) as scratch:
                _make_root(scratch / "root")
                (scratch / "root").rename(root)
    return root


def _make_root(root: Path) -> None:
    command = ["mmdebstrap", "--quiet", "--variant=essential", "--format=directory"]
    subprocess.run(
        [*command, f"--include={_PACKAGES}", SUITE, str(root)],
        check=True,
        capture_output=True,
        timeout=600,
    )
    for pattern in _GONE:
        for path in root.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    for name in ("var/task", "opt/extra"):
        (root / name).mkdir(parents=True, exist_ok=True)
    _install_runtime(root / "var/runtime")
    # Whoever runs the function must be able to read all of it.
    root.chmod(0o755)


def _install_runtime(target: Path) -> None:
    """awslambdaric in a directory of its own, as Lambda has it."""
    wheels = read_lock(LOCK.read_bytes()).wheels(PYTHON, ARCH)
    found = fetch_wheels(
        wheels, python=PYTHON, arch=ARCH, cache=default_cache(), control=Control()
    )
    for path in found.values():
        for name, data, _ in wheel_files(path, PYTHON):
            file = target / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def unzip(path: Path, folder: Path) -> Path:
    """Unpack the ZIP *path* into *folder* with its modes, as Lambda does; gives *folder*."""
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            file = Path(archive.extract(info, folder))
            file.chmod(stat.S_IMODE(info.external_attr >> 16))
    return folder


@attrs.frozen(kw_only=True)
class LambdaBox:
    """
    Where one function runs.

    Attributes:
        task: The unzipped ZIP, seen as ``/var/task``.
        tmp_size: Bytes in ``/tmp``, the only place that can be written.
        network: Whether this machine's loopback is seen, as a server of the tests needs;
            else there is no network at all.
        extra: A directory seen as ``/opt/extra``, on the module path after the ZIP.
        env: Variables of the function besides Lambda's own.
    """

    task: Path
    tmp_size: int = 2048 * _MIB
    network: bool = False
    extra: Path | None = None
    env: Mapping[str, str] = attrs.field(factory=dict)

    def command(
        self, args: Sequence[str], env: Mapping[str, str] | None = None
    ) -> list[str]:
        """The command line that runs *args* inside, with *env* besides `env`."""
        variables = {**_ENV, **self.env, **(env or {})}
        pairs = variables.items()
        return [
            *("bwrap", "--unshare-all", "--die-with-parent", "--new-session"),
            *("--uid", str(_UID), "--gid", str(_GID), "--cap-drop", "ALL"),
            *(["--share-net"] if self.network else []),
            *("--ro-bind", str(lambda_root()), "/"),
            *("--ro-bind", str(self.task.resolve()), "/var/task"),
            *(
                ["--ro-bind", str(self.extra.resolve()), "/opt/extra"]
                if self.extra
                else []
            ),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--size", "4096", "--tmpfs", "/dev/shm"),
            *("--size", str(self.tmp_size), "--tmpfs", "/tmp"),
            *("--chdir", "/var/task", "--clearenv"),
            *(word for name, value in pairs for word in ("--setenv", name, value)),
            *("--", *args),
        ]

    def python(self, code: str, *, timeout: float = 60) -> str:
        """What *code* prints, run inside with the ZIP on the module path."""
        done = subprocess.run(
            self.command(["python3", "-c", code]),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def runtime(self, address: str, handler: str) -> list[str]:
        """
        The command line of Lambda's Python runtime inside, for *handler*.

        It asks the Runtime API at *address* for events until it is ended; what a
        ``bootstrap`` of a custom runtime does is to become this.
        """
        inside = attrs.evolve(self, network=True)
        env = {"AWS_LAMBDA_RUNTIME_API": address, "_HANDLER": handler}
        return inside.command(["python3", "-m", "awslambdaric", handler], env)

    @contextlib.contextmanager
    def serve(self, api: LambdaApi, handler: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run `runtime` for the length of the block, asking *api*."""
        command = self.runtime(api.address, handler)
        process = subprocess.Popen(command, start_new_session=True)
        try:
            yield process
        finally:
            kill_group(process)


_ENV = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/opt/lib",
    "PYTHONPATH": "/var/task:/opt/extra:/var/runtime",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_NAME": "hyperframes-dist",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/hyperframes-dist",
    "AWS_LAMBDA_LOG_STREAM_NAME": "test",
    "AWS_EXECUTION_ENV": f"AWS_Lambda_python{PYTHON}",
}
