"""A worker whose browser draws otherwise than the planner's is told what, and draws none."""

from __future__ import annotations

import attrs
import pytest

import hyperframes_dist as hf
from hyperframes_dist._browser.canary import check_canary, draw_canary
from hyperframes_dist._browser.launch import launch
from hyperframes_dist._model.manifest import MANIFEST_NAME, dump_manifest, seal
from hyperframes_dist.chrome import default_chrome
from hyperframes_dist.errors import ToolchainMismatchError
from hyperframes_dist.progress import Control


@attrs.frozen
class Hinted:
    """The default browser, with other shapes of letters."""

    sandbox = "auto"

    def executable(self):
        return default_chrome().executable()

    def args(self):
        return ("--font-render-hinting=full", "--disable-font-subpixel-positioning")

    def env(self):
        return default_chrome().env()


def test_only_what_differs_is_named():
    """A browser with other letters is refused for its text, and for nothing else."""
    control = Control()
    with launch(default_chrome(), control=control) as browser:
        planned = dict(draw_canary(browser, control))
    with launch(Hinted(), control=control) as browser:
        with pytest.raises(ToolchainMismatchError, match="text in sans-serif") as told:
            check_canary(planned, browser, control)
        check_canary({}, browser, control)

    assert "gradients" not in told.value.tool
    assert not told.value.retryable


def test_a_worker_is_refused_before_its_first_frame(renderer, project, tmp_path):
    """What is planned is drawn; by another picture of the canary nothing is."""
    planned = renderer.plan(project, tmp_path / "plan")
    output, told = tmp_path / "0.mp4", []
    renderer.render_chunk(planned, 0, output)
    output.unlink()
    manifest = planned.manifest
    other = attrs.evolve(
        manifest.notes, canary=manifest.notes.canary | {"canvas": "0" * 16}
    )
    sealed = seal(manifest.content, manifest.schedule, other)
    (planned.path / MANIFEST_NAME).write_bytes(dump_manifest(sealed))

    with pytest.raises(ToolchainMismatchError, match=r"Chrome draws \(canvas\)"):
        renderer.render_chunk(planned.path, 0, output, progress=told.append)

    assert manifest.content_hash == hf.verify_plan(planned.path).content_hash
    assert not output.exists()
    assert all(each.done == 0 for each in told)
