"""The DAG of Airflow's page: run by ``nox -s airflow``, its tasks without a scheduler."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import hyperframes_dist as hf
from hyperframes_dist import engines
from pages import strip_page, write_project

PAGE = Path(__file__).parents[2] / "docs/how-to/airflow.md"


def test_its_tasks_lead_to_a_film(tmp_path, monkeypatch):
    """In the order that its DAG has, each with the answers of those before it."""
    wanted = hf.render(
        write_project(tmp_path / "project", strip_page(4)),
        tmp_path / "local.mp4",
        hf.RenderConfig(chunks=4),
    )
    store = (tmp_path / "store").as_uri()
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.S | re.M)
    path = tmp_path / "films.py"
    path.write_text(code.replace("s3://bucket/renders", store))
    spec = importlib.util.spec_from_file_location("films", path)
    films = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(films)
    monkeypatch.chdir(tmp_path)

    tasks = {each.task_id: each.python_callable for each in films.dag.tasks}
    request = tasks["ask"](run_id="manual__2026-01-02T03:04:05+00:00")
    planned = tasks["plan"](request)
    for job in tasks["jobs_of"](request, planned):
        tasks["chunk"](job)
    tasks["join"](request, planned)

    upstream = films.dag.get_task("join").upstream_task_ids
    assert {"ask", "plan", "chunk"} == upstream
    name = "manual--2026-01-02T03-04-05-00-00"
    made = engines.fetch(store, name, tmp_path / "made.mp4")
    assert wanted.sha256 == made.sha256
