"""The ZIP in Lambda's surroundings: it boots, heals, draws and answers."""

from __future__ import annotations

import json
import os
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._tools.files import sha256_file
from hyperframes_dist.aws._function.boot import boot
from hyperframes_dist.aws._zip.packed import FOLDER, INDEX, read_index
from hyperframes_dist.errors import DiskFullError, PackageError
from lambda_api import LambdaApi, LambdaFunctionError
from lambda_box import LambdaBox

MIB = 1 << 20

QUIET = "import warnings; warnings.simplefilter('ignore')\n"
PROBE = (
    QUIET
    + """
import json, hyperframes_dist as hf
from hyperframes_dist._tools.ffmpeg import find_ffmpeg
from hyperframes_dist.aws._function.boot import boot
booted = boot()
report = hf.probe_chrome(booted.chrome)
again = boot()
print(json.dumps([report.product, report.picture_bytes, str(report.executable),
                  str(find_ffmpeg()), booted.runtime.stat().st_size, again.seconds]))
"""
)
LOOK = """
import json, os, shutil
def writable(folder):
    try:
        open(os.path.join(folder, "x"), "w").close()
        return True
    except OSError:
        return False
print(json.dumps([
    [p for p in ("/", "/usr", "/var/task", "/tmp", "/home", "/run") if writable(p)],
    [n for n in ("tar", "unzip", "npm", "node", "ffmpeg") if shutil.which(n)],
    os.getuid(), shutil.disk_usage("/tmp").total, shutil.disk_usage("/dev/shm").total,
    [n for f in ("/usr/lib", "/lib64") for _, _, ns in os.walk(f)
     for n in ns if n.startswith(("libnss3", "libfontconfig", "libX11"))],
]))
"""


@pytest.mark.box
def test_the_box_is_as_bare_as_lambda(sparticuz_task):
    """Only /tmp can be written; no archiver, no browser's libraries, no root."""
    found = json.loads(LambdaBox(task=sparticuz_task, tmp_size=64 * MIB).python(LOOK))

    assert [["/tmp"], [], 993, 64 * MIB, 4096, []] == found


@pytest.mark.box
def test_the_box_has_no_network(sparticuz_task):
    """Unless it is asked for, not even this machine's loopback is there."""
    code = textwrap.dedent("""
        import socket, sys
        try:
            socket.create_connection(("127.0.0.1", int("{port}")), timeout=5)
            print("reached")
        except OSError:
            print("refused")
    """)
    with LambdaApi() as api:
        code = code.format(port=api.address.partition(":")[2])
        alone = LambdaBox(task=sparticuz_task).python(code)
        asked = LambdaBox(task=sparticuz_task, network=True).python(code)

    assert ["refused", "reached"] == [alone.strip(), asked.strip()]


@pytest.mark.box
@pytest.mark.parametrize(
    "task",
    ["sparticuz_task", pytest.param("shell_task", marks=pytest.mark.installed_shell)],
)
def test_the_packed_chrome_draws(request, task):
    """A PNG by BeginFrame, from a browser and an ffmpeg that came out of the ZIP."""
    box = LambdaBox(task=request.getfixturevalue(task))

    product, size, chrome, ffmpeg, runtime, again = json.loads(box.python(PROBE))

    assert product.startswith("HeadlessChrome/")
    assert size > 60
    assert chrome.startswith("/tmp/hyperframes_dist-tools/chrome/")
    assert ffmpeg.startswith("/tmp/hyperframes_dist-tools/ffmpeg/")
    assert runtime > 100_000
    assert again < 5


RENDER = (
    QUIET
    + """
import hyperframes_dist as hf
from hyperframes_dist.aws._function.boot import boot
booted = boot()
config = hf.RenderConfig(fps=6, runtime=booted.runtime)
result = hf.render("/opt/extra", "/tmp/film.mp4", config, chrome=booted.chrome, workers=1)
print(result.sha256)
"""
)


@pytest.mark.box
@pytest.mark.installed_shell
def test_the_function_renders_the_desks_bytes(shell_task, compositions, tmp_path):
    """A composition rendered from the ZIP, without npm, is the file rendered here."""
    project = compositions / "css-keyframes"
    box = LambdaBox(task=shell_task, extra=project)

    there = box.python(RENDER, timeout=120).strip()
    here = hf.render(
        project,
        tmp_path / "film.mp4",
        hf.RenderConfig(fps=6),
        chrome=hf.HeadlessShell(),
        workers=1,
    )

    assert here.sha256 == there


STORE = (
    QUIET
    + """
from pathlib import Path
from hyperframes_dist.transport import open_transport
path = Path("/tmp/file")
path.write_bytes(b"frames")
store = open_transport("s3://function-zip/root")
store.put(path, "work/file")
store.get("work/file", Path("/tmp/again"))
print(Path("/tmp/again").read_text())
"""
)


@pytest.mark.box
def test_the_packed_boto3_reaches_a_store(sparticuz_task, seaweed):
    """What is left of botocore is enough for S3."""
    seaweed.client().create_bucket(Bucket="function-zip")
    env = {**seaweed.environment(), "AWS_MAX_ATTEMPTS": "2"}

    said = LambdaBox(task=sparticuz_task, network=True, env=env).python(STORE)

    assert "frames" == said.strip()


@pytest.mark.box
def test_a_full_disk_is_said(sparticuz_task):
    """Too little of /tmp is a DiskFullError, which is worth a retry elsewhere."""
    code = f"""{QUIET}
from hyperframes_dist.aws._function.boot import boot
try:
    boot()
except Exception as error:
    print(type(error).__name__, error.retryable)
"""
    said = LambdaBox(task=sparticuz_task, tmp_size=100 * MIB).python(code)

    assert "DiskFullError True" == said.strip()
    assert issubclass(DiskFullError, OSError)


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    """Where to boot on this machine, whose own ffmpeg is known again afterwards."""
    for name in ("IMAGEIO_FFMPEG_EXE", "HYPERFRAMES_DIST_CACHE"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
        monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.thorough
def test_a_partial_unpacking_heals(sparticuz_task, sparticuz_zip, scratch):
    """What is cut, altered, missing or left behind is put right, and only that."""
    booted = boot(sparticuz_task, scratch)
    chrome, ffmpeg = booted.chrome.executable(), booted.ffmpeg
    library = chrome.parent / "lib/libnss3.so"
    untouched = ffmpeg.stat().st_ino
    os.truncate(chrome, 1000)
    library.unlink()
    left = scratch / "hyperframes_dist-tools/drafts/left"
    left.write_bytes(b"half a browser")

    healed = boot(sparticuz_task, scratch)

    assert sha256_file(healed.chrome.executable())[1] == sparticuz_zip.chrome_sha256
    assert sha256_file(healed.ffmpeg)[1] == sparticuz_zip.ffmpeg_sha256
    assert library.is_file()
    assert untouched == ffmpeg.stat().st_ino
    assert not left.exists()
    assert str(ffmpeg) == os.environ["IMAGEIO_FFMPEG_EXE"]


@pytest.mark.thorough
def test_many_may_boot_at_once(sparticuz_task, scratch):
    """The first unpacks, the others wait and find it whole."""
    found = []

    def ask() -> None:
        path = boot(sparticuz_task, scratch).chrome.executable()
        found.append((path, path.stat().st_ino))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 3 == len(found)
    assert 1 == len(set(found))


@pytest.mark.thorough
def test_a_damaged_blob_is_named(sparticuz_task, scratch, tmp_path_factory):
    """Bytes that are not those listed never become a browser."""
    task = tmp_path_factory.mktemp("damaged")
    (task / FOLDER).mkdir()
    source = sparticuz_task / FOLDER
    index = read_index((source / INDEX).read_bytes())
    for path in source.iterdir():
        (task / FOLDER / path.name).symlink_to(path)
    row = next(row for row in index.files if row.path == "chrome/libvulkan.so.1")
    (task / FOLDER / row.blob).unlink()
    (task / FOLDER / row.blob).write_bytes((source / row.blob).read_bytes()[:-50])

    with pytest.raises(PackageError, match=row.sha256):
        boot(task, scratch)

    assert not (scratch / "hyperframes_dist-tools" / row.path).exists()


def test_outside_of_a_zip_the_boot_says_so(scratch):
    """A checkout has no packed tools, and the error says how to get some."""
    with pytest.raises(PackageError, match="build-zip"):
        boot(scratch, scratch)


HANDLER = QUIET + textwrap.dedent("""
    import time
    import hyperframes_dist as hf
    from hyperframes_dist.aws._function.boot import boot
    from hyperframes_dist.errors import PageError

    BOOTED = boot()

    def handler(event, context):
        if event.get("fail"):
            raise PageError("script error", 7)
        began = time.time()
        time.sleep(event.get("sleep", 0))
        span = [began, time.time()]
        product = hf.probe_chrome(BOOTED.chrome).product
        left = context.get_remaining_time_in_millis()
        return {"product": product, "span": span, "left": left}
""")


@pytest.fixture
def extra(tmp_path) -> Path:
    """A module for the function to import, beside the ZIP."""
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra/probing.py").write_text(HANDLER)
    return tmp_path / "extra"


@pytest.mark.box
def test_lambdas_own_runtime_runs_it(sparticuz_task, extra):
    """awslambdaric loads a handler from the ZIP; answers and errors pass by name."""
    box = LambdaBox(task=sparticuz_task, extra=extra)
    with LambdaApi() as api, box.serve(api, "probing.handler"):
        answer = api.invoke({}, timeout=60)
        with pytest.raises(LambdaFunctionError) as caught:
            api.invoke({"fail": True}, timeout=60)
        after = api.invoke({}, timeout=60)

    assert answer["product"].startswith("HeadlessChrome/")
    assert 0 < answer["left"] <= 60_000
    assert ("PageError", "frame 7: script error") == (
        caught.value.error_type,
        caught.value.message,
    )
    assert answer["product"] == after["product"]


@pytest.mark.box
def test_two_boxes_share_the_work(sparticuz_task, extra):
    """Two functions at once: neither waits for the other."""
    box = LambdaBox(task=sparticuz_task, extra=extra)
    with (
        LambdaApi() as api,
        box.serve(api, "probing.handler"),
        box.serve(api, "probing.handler"),
    ):
        api.wait_for(2, timeout=100)
        with ThreadPoolExecutor(2) as pool:
            jobs = [pool.submit(api.invoke, {"sleep": 3}, 60) for _ in range(2)]
            spans = [job.result()["span"] for job in jobs]

    assert max(start for start, _ in spans) < min(stop for _, stop in spans)


@pytest.mark.box
def test_a_handler_that_cannot_be_loaded_is_an_error(sparticuz_task):
    """The reason comes back instead of a time-out."""
    box = LambdaBox(task=sparticuz_task)
    with (
        LambdaApi() as api,
        box.serve(api, "no_such.handler"),
        pytest.raises(LambdaFunctionError) as caught,
    ):
        api.invoke({}, timeout=60)

    assert "ImportModuleError" in caught.value.error_type
