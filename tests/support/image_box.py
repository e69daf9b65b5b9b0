"""
A Dockerfile without Docker: its steps run in a root file system of their own.

Each stage begins as what `mmdebstrap` makes of the suite its ``FROM`` names; ``RUN`` is a
process in it under `bwrap`, as root of nothing else. Only the instructions that the
project's own Dockerfile has are known; any other one is an error.

    image = build_image(ROOT / "Dockerfile", ROOT, tmp_path)
    image.run(["job", "--help"])
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

_BASE = re.compile(r"debian:(\w+)-slim")
_FIRST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SECONDS = 900
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_SEEN = "/mnt/certificates.crt"
_AUTHORITIES = ("NODE_EXTRA_CA_CERTS", "PIP_CERT", "SSL_CERT_FILE")
_VARIABLES = ("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "NPM_CONFIG_REGISTRY")


@attrs.define
class Image:
    """
    A stage as far as it has got.

    Attributes:
        root: Its file system.
        env: Variables of its processes.
        user: Who they are.
        folder: Where they are started.
        entry: What stands before the words of a command.
    """

    root: Path
    env: dict[str, str] = attrs.field(factory=lambda: {"PATH": _FIRST_PATH})
    user: str = "root"
    folder: str = "/"
    entry: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of its files."""
        told = _call(["du", "-s", "--apparent-size", "--block-size=1", str(self.root)])
        return int(told.split()[0])

    def command(
        self,
        words: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        binds: Mapping[Path, str] | None = None,
    ) -> list[str]:
        """The command line that runs the entry point with *words*, as the image's user."""
        uid, gid, home = self._account()
        binding, reach = reach_of_host()
        pairs = {**reach, **self.env, "HOME": home, **(env or {})}
        mounts = [("--bind", str(k), v) for k, v in (binds or {}).items()]
        become = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups"]
        become += ["--bounding-set", "-all", "--no-new-privs", "--"]
        return [
            *_process(self.root, [*binding, *sum(mounts, ())], self.folder, pairs),
            *become,
            *self.entry,
            *words,
        ]

    def _account(self) -> tuple[str, str, str]:
        rows = (self.root / "etc/passwd").read_text().splitlines()
        row = next(r.split(":") for r in rows if r.startswith(f"{self.user}:"))
        return row[2], row[3], row[5]


def build_image(dockerfile: Path, context: Path, folder: Path) -> Image:
    """The last stage of *dockerfile*, built below *folder*."""
    stages: dict[str, Image] = {}
    image: Image | None = None
    for word, rest in read_dockerfile(dockerfile.read_text()):
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            image = _begin(base, folder / f"stage-{len(stages)}")
            stages[name or str(len(stages))] = image
        else:
            assert image is not None, "a Dockerfile begins with FROM"
            _STEPS[word](image, rest, context, stages)
    assert image is not None
    return image


def read_dockerfile(text: str) -> Iterator[tuple[str, str]]:
    """Instructions and what follows each, without comments, long lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, " ".join(rest.split())


def _begin(base: str, root: Path) -> Image:
    found = _BASE.fullmatch(base)
    assert found, f"{base} is no slim Debian"
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=directory"]
    # What the slim images leave out.
    out = ("doc", "man", "locale", "info")
    command += [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in out]
    _call([*command, found[1], str(root)])
    return Image(root)


def _run(image: Image, rest: str, _: Path, __: Mapping[str, Image]) -> None:
    binding, reach = reach_of_host()
    own = {"HOME": image._account()[2], "DEBIAN_FRONTEND": "noninteractive"}
    pairs = {**reach, **image.env, **own}
    process = _process(image.root, binding, image.folder, pairs)
    _call([*process, "/bin/sh", "-c", rest])


def _process(
    root: Path, binding: Sequence[str], folder: str, env: Mapping[str, str]
) -> list[str]:
    """What runs a command line that follows as root in *root*."""
    return [
        *("bwrap", "--unshare-pid", "--unshare-ipc", "--die-with-parent"),
        *("--bind", str(root), "/", "--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--tmpfs", "/tmp", *binding),
        *("--chdir", folder, "--clearenv"),
        *(word for name, value in env.items() for word in ("--setenv", name, value)),
        "--",
    ]


def reach_of_host() -> tuple[list[str], dict[str, str]]:
    """Mounts and variables by which this machine reaches its package registries."""
    binding = ["--ro-bind", "/etc/resolv.conf", "/etc/resolv.conf"]
    reach = {k: v for k, v in os.environ.items() if k.startswith(_VARIABLES)}
    if _CERTIFICATES.is_file():
        binding += ["--ro-bind", str(_CERTIFICATES), _SEEN]
        reach |= dict.fromkeys(_AUTHORITIES, _SEEN)
    return binding, reach


def _copy(image: Image, rest: str, context: Path, stages: Mapping[str, Image]) -> None:
    words = shlex.split(rest)
    flags = dict(w[2:].split("=", 1) for w in words if w.startswith("--"))
    *sources, target = [word for word in words if not word.startswith("--")]
    top = stages[flags["from"]].root if "from" in flags else context
    place = image.root / image.folder.lstrip("/") / target
    if target.startswith("/"):
        place = image.root / target.lstrip("/")
    for source in sources:
        path = top / source.lstrip("/")
        if path.is_dir():
            shutil.copytree(path, place, symlinks=True, dirs_exist_ok=True)
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, place / path.name)
    if "chown" in flags:
        uid, gid, _ = attrs.evolve(image, user=flags["chown"])._account()
        _call(["chown", "--recursive", f"{uid}:{gid}", str(place)])


def _env(image: Image, rest: str, _: Path, __: Mapping[str, Image]) -> None:
    for word in shlex.split(rest):
        name, _equals, value = word.partition("=")
        image.env[name] = re.sub(
            r"\$(\w+)", lambda found: image.env.get(found[1], ""), value
        )


def _user(image: Image, rest: str, _: Path, __: Mapping[str, Image]) -> None:
    image.user = rest


def _folder(image: Image, rest: str, _: Path, __: Mapping[str, Image]) -> None:
    image.folder = rest
    (image.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)


def _entry(image: Image, rest: str, _: Path, __: Mapping[str, Image]) -> None:
    image.entry = tuple(json.loads(rest))


_STEPS = {
    # What a build may be given; here it has its default.
    "ARG": _env,
    "RUN": _run,
    "COPY": _copy,
    "ENV": _env,
    "USER": _user,
    "WORKDIR": _folder,
    "ENTRYPOINT": _entry,
}


def _call(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, f"{shlex.join(command[-3:])}\n{done.stderr[-4000:]}"
    return done.stdout
