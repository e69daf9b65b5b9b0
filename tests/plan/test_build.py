"""What planning says of a project that was looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

import hyperframes_dist as hf
from hyperframes_dist._plan.build import weigh
from hyperframes_dist.errors import InputError, PageError
from pages import composition, write_project


def test_a_signed_address_is_told_without_its_secret(tmp_path):
    """The query of an address stays out of the log and of the plan."""
    image = '<img src="http://localhost:3000/a.png?sig=s3cret">'
    report = hf.check(write_project(tmp_path / "project", composition(image)))

    told = weigh(report, hf.RenderConfig())

    assert any("http://localhost:3000/a.png" in each for each in told)
    assert not any("s3cret" in each for each in told)


def test_chrome_decides_whether_a_script_parses(tmp_path):
    """What check takes for a slip is a warning of the plan, unless that is to be strict."""
    report = hf.check(
        write_project(tmp_path / "project", composition("<script>draw(1;</script>"))
    )

    assert any("HF406" in each for each in weigh(report, hf.RenderConfig()))
    with pytest.raises(PageError, match="HF406"):
        weigh(report, hf.RenderConfig(strict=True))


def test_what_is_certain_is_told_before_what_chrome_decides(tmp_path):
    """Whatever stands first in the file: a script that may parse is told behind it."""
    slip = "<script>draw(1;</script>"
    lost = '<img src="nowhere.png"><script src="nowhere.js"></script>'
    report = hf.check(write_project(tmp_path / "project", composition(slip + lost)))

    assert "HF406" == report.errors[0].code
    with pytest.raises(PageError, match="HF3") as caught:
        weigh(report, hf.RenderConfig())
    assert not caught.value.reason.startswith("HF406")
    assert "HF406" in (caught.value.hint or "")


def test_a_plan_that_cannot_be_replaced_stays(renderer, project, tmp_path, monkeypatch):
    """What was there is put back when the new one cannot take its place."""
    first = renderer.plan(project, tmp_path / "plan", fps=10)
    real = Path.rename

    def refuse(self, target):
        if self.name == "draft":
            raise PermissionError(13, "refused")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="refused"):
        renderer.plan(project, tmp_path / "plan", replace=True, fps=20)

    assert hf.verify_plan(tmp_path / "plan").plan_hash == first.plan_hash
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan", "project"]


class NoChrome:
    """A source that is never asked for a browser."""

    sandbox = "off"

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"{name} was asked for")


@pytest.mark.parametrize("call", [hf.render, hf.plan, hf.still, hf.lock])
def test_mistakes_are_told_before_a_browser_starts(tmp_path, call):
    """Whatever is to be made of the project."""
    other = '<div data-composition-id="b" data-width="4" data-height="4"></div></body>'
    html = composition().replace("</body>", other)
    project = write_project(tmp_path / "project", html)
    places = () if call is hf.lock else (tmp_path / "out.mp4",)
    if call is hf.still:
        places = (0,)

    with pytest.raises(PageError, match="HF106"):
        call(project, *places, chrome=NoChrome())
