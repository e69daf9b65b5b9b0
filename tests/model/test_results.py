"""What is handed over shows itself in a line, and in a notebook."""

from __future__ import annotations

import hyperframes_dist as hf
from pages import strip_page, write_project


def test_a_plan_is_one_line(tmp_path, renderer):
    """Where it lies, how long it is, in how many chunks; a notebook draws the chunks."""
    project = write_project(tmp_path / "project", strip_page(1))
    plan = renderer.plan(
        project, tmp_path / "<plan>", fps=10, chunks=2, segment_seconds=0.5
    )

    facts = "10 frames in 2 chunks, 1 s at 160x32"
    assert f"<Plan {str(plan.path)!r}: {facts}>" == repr(plan)
    shown = plan._repr_html_()
    assert 2 == shown.count("<rect")
    assert "&lt;plan&gt;" in shown
    assert "<plan>" not in shown


def test_a_notebook_shows_a_small_film(tmp_path, renderer):
    """The film itself; another kind of file is named only."""
    project = write_project(tmp_path / "project", strip_page(0.5))
    film = renderer.render(project, tmp_path / "film.mp4", fps=4)
    other = renderer.render(project, tmp_path / "film.mov", fps=4)

    assert 'src="data:video/mp4;base64,' in film._repr_html_()
    assert other._repr_html_().startswith("<p>")


def test_a_configuration_says_what_was_asked_for():
    """Defaults are left out."""
    assert "RenderConfig()" == repr(hf.RenderConfig())
    assert "RenderConfig(quality='draft', offline=True)" == repr(
        hf.RenderConfig(quality="draft", offline=True)
    )
