"""Spans: an application that traces itself sees what its calls were doing."""

from __future__ import annotations

import contextlib
import contextvars
import subprocess
import sys
from types import SimpleNamespace

import pytest

from hyperframes_dist._tools.spans import span
from hyperframes_dist.errors import InputError
from pages import strip_page, write_project

PARENT = contextvars.ContextVar("PARENT", default="")


@pytest.fixture
def seen(monkeypatch):
    """What an API of OpenTelemetry is told: spans with their parents, as they end."""
    rows = []

    @contextlib.contextmanager
    def start(name, attributes):
        parent = PARENT.get()
        token = PARENT.set(name)
        try:
            yield
        finally:
            PARENT.reset(token)
            rows.append((name, parent, attributes))

    tracer = SimpleNamespace(start_as_current_span=start)
    api = SimpleNamespace(get_tracer=lambda *_: tracer)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", api)
    return rows


def test_a_render_is_a_tree_of_spans(seen, tmp_path, renderer):
    """Its stages below it, and the segments of every worker."""
    project = write_project(tmp_path / "project", strip_page(1))

    renderer.render(project, tmp_path / "out.mp4", fps=4, segment_seconds=0.5)

    found = [(name, parent) for name, parent, _ in seen]
    assert ("hyperframes.render", "") == found[-1]
    assert {
        ("hyperframes.plan", "hyperframes.render"),
        ("hyperframes.show_page", "hyperframes.plan"),
        ("hyperframes.join", "hyperframes.render"),
    } < set(found)
    segments = [facts for name, _, facts in seen if name == "hyperframes.segment"]
    assert {0, 1} == {facts["hyperframes.index"] for facts in segments}
    assert found.count(("hyperframes.segment", "hyperframes.render")) == 2


def test_an_error_passes_through(seen):
    """It is the span's to record, and the caller's."""
    with pytest.raises(InputError, match="wrong"), span("plan"):
        raise InputError("wrong")

    assert ["hyperframes.plan"] == [name for name, _, _ in seen]


def test_nothing_is_loaded_for_spans():
    """Where the application has no tracing there is none."""
    code = "from hyperframes_dist._tools.spans import span\nwith span('x'): pass\n"
    code += "import sys; assert 'opentelemetry' not in sys.modules"

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
