"""What continuous integration runs; ``nox -l`` lists it."""

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "typing", "tests"]
nox.options.default_venv_backend = "venv"


def _install(session: nox.Session, *groups: str) -> None:
    session.install(
        "-e",
        ".[aws]",
        *nox.project.dependency_groups(
            nox.project.load_toml("pyproject.toml"), *groups
        ),
    )


@nox.session
def tests(session: nox.Session) -> None:
    """Everything that runs in minutes: a real Chrome, a real ffmpeg."""
    _install(session, "test")
    session.run("pytest", *session.posargs)


@nox.session
def properties(session: nox.Session) -> None:
    """The laws of the plan hash, over many more generated projects."""
    _install(session, "test")
    session.run(
        "pytest",
        "--hypothesis-profile=campaign",
        "tests/laws/test_plan_hash.py",
        "tests/model/test_frames.py",
        "tests/model/test_manifest.py",
        "--timeout=3600",
        *session.posargs,
    )


@nox.session
def chrome(session: nox.Session) -> None:
    """Every source of Chrome this machine has: BeginFrame, the seal, same pixels."""
    _install(session, "test")
    session.run(
        "pytest",
        "tests/browser/test_chrome.py",
        "tests/laws/test_seal.py",
        "tests/laws/test_same_bytes.py",
        "tests/browser/test_surface.py",
        "-m",
        "campaign or not campaign",
        "--timeout=1800",
        *session.posargs,
    )


@nox.session
def clock(session: nox.Session) -> None:
    """Predictions held against the clock; wants a machine that does nothing else."""
    _install(session, "test")
    session.run(
        "pytest",
        "tests/estimate/test_record.py",
        "tests/quote/test_quote.py",
        "-n",
        "0",
        "-m",
        "campaign or not campaign",
        *session.posargs,
    )


@nox.session
def cdk(session: nox.Session) -> None:
    """The CDK construct, synthesised offline; half a gigabyte, and it starts Node."""
    session.install("-e", ".[cdk]")
    session.run("python", "tests/support/cdk_app.py", *session.posargs)


@nox.session
def typing(session: nox.Session) -> None:
    """The library under mypy strict, and a caller's file against its public names."""
    _install(session, "lint", "test")
    session.run("mypy", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, judged by ruff."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def docs(session: nox.Session) -> None:
    """Every command and every Python block of the documentation, run."""
    _install(session, "test")
    session.run("pytest", "tests/structure/test_docs.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """All benchmarks, and docs/performance.md from them; ``-- --quick`` only tries them."""
    _install(session, "test")
    session.run("python", "benchmarks/report.py", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """The README's film, rendered to out/launch-film.mp4."""
    _install(session)
    session.run(
        "python",
        "-m",
        "hyperframes_dist",
        "render",
        "examples/launch-film",
        "out/launch-film.mp4",
        *session.posargs,
    )
