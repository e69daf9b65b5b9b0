"""
Run all benchmarks and write the page of their results.

Every benchmark keeps its own JSON file, case by case, so a report that was stopped goes
on with --resume. The page is written from those files alone.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from _page import TITLES, write_page
from _results import Result, read_result

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# What these films cost does not grow with what they tell: they keep their own lengths.
_OWN_LENGTH = frozenset({"scaling", "place", "footage", "render", "s3", "scenes"})


def main() -> None:
    args = _parser().parse_args()
    base = ROOT / "out/bench" if args.quick else None
    results = args.results or (base or HERE) / "results"
    page = args.page or (
        base / "performance.md" if base else ROOT / "docs/performance.md"
    )
    if not args.render_only:
        run_all(args, results)
    found = read_all(results)
    if not found:
        raise SystemExit(f"no results in {results}")
    page.parent.mkdir(parents=True, exist_ok=True)
    write_page(found, page)
    print(f"written: {page}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="counted runs each (5)")
    parser.add_argument(
        "--seconds", type=float, default=6, help="length of the peers' films (6)"
    )
    parser.add_argument(
        "--only", default="", help=f"some of {', '.join(TITLES)}; others are kept"
    )
    parser.add_argument(
        "--resume", action="store_true", help="keep cases that are recorded already"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one short run of each, recorded in out/bench",
    )
    parser.add_argument(
        "--render-only", action="store_true", help="measure nothing, write the page"
    )
    parser.add_argument("--results", type=Path, help="directory of the JSON files")
    parser.add_argument("--page", type=Path, help="the page to write")
    return parser


def run_all(args: argparse.Namespace, results: Path) -> None:
    """Run each benchmark that is asked for in a process of its own."""
    wanted = args.only.split(",") if args.only else list(TITLES)
    unknown = set(wanted) - set(TITLES)
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(sorted(unknown))}")
    began, failed = time.monotonic(), []
    for number, name in enumerate(wanted, 1):
        minutes = (time.monotonic() - began) / 60
        print(
            f"\n=== {number}/{len(wanted)} {name}, after {minutes:.1f} min", flush=True
        )
        script = HERE / f"bench_{name}.py"
        command = [sys.executable, script, *options(args, name, results)]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        # What was measured is recorded; the page must not look as if all of it was.
        raise SystemExit(f"failed: {', '.join(failed)}; go on with --resume")


def options(args: argparse.Namespace, name: str, results: Path) -> list[str]:
    """The arguments of the benchmark *name*."""
    found = ["--runs", str(args.runs), "--json", str(results / f"{name}.json")]
    if name not in _OWN_LENGTH:
        found += ["--seconds", f"{args.seconds:g}"]
    if args.resume:
        found.append("--resume")
    if args.quick:
        found += ["--quick", "--sizes", "640x360"]
    return found


def read_all(results: Path) -> list[Result]:
    """What is recorded, in the order of the page."""
    paths = [results / f"{name}.json" for name in TITLES]
    return [read_result(path) for path in paths if path.is_file()]


if __name__ == "__main__":
    main()
