"""The sound of a plan is mixed by a function of its own, beside its chunks or after them."""

from __future__ import annotations

import json

import attrs
import pytest
from cattrs.errors import ClassValidationError

import hyperframes_dist as hf
from hyperframes_dist._model.codec import plan_converter
from hyperframes_dist._model.content import Sound
from hyperframes_dist._model.manifest import dump_manifest, seal
from hyperframes_dist.errors import (
    AssembleError,
    InputError,
    PlanIntegrityError,
)
from pages import composition, write_project
from sound import clicks, level, streams

BODY = '<audio src="c.wav" data-start="0.2" data-volume="{}"></audio>'


@pytest.fixture
def made(renderer, tmp_path):
    """Plans of the same sound: a page, the same in red, and the same at half the volume."""

    def plan(name: str, volume: str = "1", style: str = "") -> hf.Plan:
        html = composition(BODY.format(volume) + style, duration=1)
        files = {"c.wav": clicks(1, 0.5)}
        project = write_project(tmp_path / name, html, **files)
        return renderer.plan(project, tmp_path / f"{name}.plan", fps=5, quality="draft")

    red = "<style>body{background:red}</style>"
    return plan("page"), plan("red", style=red), plan("soft", volume="0.5")


def test_a_sound_that_is_given_is_the_one_that_is_mixed(made, renderer, tmp_path):
    """A film has the same bytes; of the plan nothing but its name is read for the sound."""
    plan, red, soft = made
    chunk, sound = tmp_path / "0.mp4", tmp_path / "heard.m4a"
    renderer.render_chunk(plan, 0, chunk)
    alone = hf.assemble(plan, [chunk], tmp_path / "a.mp4")

    mixed = hf.mix_sound(plan, sound)
    for row in (plan.path / "sound").iterdir():
        row.unlink()
    given = hf.assemble(plan, [chunk], tmp_path / "b.mp4", sound=sound)

    assert alone.sha256 == given.sha256
    assert streams(given.path) == ["video", "audio"]
    assert mixed == hf.from_json(
        sound.with_name("heard.m4a.json").read_bytes(), hf.SoundResult
    )
    assert plan.sound_hash == red.sound_hash != soft.sound_hash
    assert hf.mix_sound(red, tmp_path / "red.m4a").sha256 == mixed.sha256
    assert hf.mix_sound(soft, tmp_path / "soft.m4a").sha256 != mixed.sha256


def test_another_sound_is_refused(made, renderer, tmp_path):
    """A sound of another plan, a damaged one, or one without its sidecar is not joined."""
    plan, _, soft = made
    chunk, sound, other = (tmp_path / name for name in ("0.mp4", "s.m4a", "o.m4a"))
    renderer.render_chunk(plan, 0, chunk)
    hf.mix_sound(plan, sound)
    hf.mix_sound(soft, other)

    def refused(path, why):
        with pytest.raises(AssembleError, match=why):
            hf.assemble(plan, [chunk], tmp_path / "out.mp4", sound=path)

    refused(other, "another plan")
    refused(tmp_path / "none.m4a", "missing")
    data = sound.read_bytes()
    sound.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    refused(sound, "not the mixed ones")
    sound.with_name("s.m4a.json").unlink()
    refused(sound, "sidecar is missing")
    assert not (tmp_path / "out.mp4").exists()


def test_silence_has_no_sound_to_mix(renderer, tmp_path):
    """Who asks is told, and nothing is written; a sound that is given is refused."""
    project = write_project(tmp_path / "project", composition(duration=1))
    plan = renderer.plan(project, tmp_path / "plan", fps=5, quality="draft")

    with pytest.raises(InputError, match="nothing is heard"):
        hf.mix_sound(plan, tmp_path / "s.m4a")

    assert not (tmp_path / "s.m4a").exists()


def test_the_hash_of_a_plan_that_sounds_is_that_of_its_files(made):
    """Recomputed it is the recorded one, and no longer after a change to a source."""
    plan, *_ = made
    assert hf.recompute_plan_hash(plan.path) == plan.plan_hash

    source = plan.path / "sound/0000.wav"
    source.write_bytes(level(1, 7))

    assert hf.recompute_plan_hash(plan.path) != plan.plan_hash
    with pytest.raises(PlanIntegrityError):
        hf.mix_sound(plan, plan.path.with_name("s.m4a"))


HOSTILE = {
    "a place outside": {"path": "../../secret.wav"},
    "a file the page has": {"path": "compiled/index.html"},
    "no volume": {"clip": {"volume": 1e9}},
    "no rate": {"clip": {"playback_rate": "1/1000"}},
    "no length": {"clip": {"end": "99999999999"}},
    "no effect": {"clip": {"effects": [{"kind": "exec", "id": "", "numbers": {}}]}},
    "no number": {"clip": {"start": "1e9999999"}},
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_a_sealed_plan_asks_for_nothing_planning_would_not(made, tmp_path, change):
    """Whoever writes a plan by hand, its hashes right, gets a typed error and no sound."""
    plan, *_ = made
    raw = json.loads((plan.path / "plan.json").read_bytes())["content"]["sound"]
    track = raw["tracks"][0]
    track["clip"].update(change.get("clip", {}))
    track.update({k: v for k, v in change.items() if k != "clip"})

    def ask():
        sound = plan_converter().structure(raw, Sound)
        content = attrs.evolve(plan.content, sound=sound)
        manifest = seal(content, plan.manifest.schedule, plan.manifest.notes)
        (plan.path / "plan.json").write_bytes(dump_manifest(manifest))
        hf.mix_sound(plan.path, tmp_path / "s.m4a")

    with pytest.raises((PlanIntegrityError, ClassValidationError)):
        ask()

    assert not (tmp_path / "s.m4a").exists()
