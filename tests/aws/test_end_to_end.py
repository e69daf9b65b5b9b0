"""From a project to a film through the whole adapter, and it is the local film."""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path

import pytest

import hyperframes_dist as hf
from aws_stack import STORE, aws_stack, output_of
from hyperframes_dist.aws import AwsClient, AwsEngine, Stack
from hyperframes_dist.aws._cloud.engine import told_error
from hyperframes_dist.aws._cloud.session import Cloud, Services
from hyperframes_dist.engines import RenderRequest
from hyperframes_dist.errors import InputError, PageError, error_names, find_error
from hyperframes_dist.testing import check_engine
from jobs import deploy
from pages import composition, write_project
from sound import noise, wav

pytestmark = pytest.mark.box

PAGE = """<style>@keyframes go { to { transform: translateX(90px) rotate(90deg) } }
#box { position:absolute; top:10px; width:24px; height:24px; background:#e43;
  animation: go 2s linear both }</style><div id="box"></div>
<audio src="tone.wav" data-start="0.5" data-duration="1" id="tone"></audio>"""
CONFIG = {"fps": "15", "segment_seconds": "1/2", "chunks": 4}


@pytest.fixture(scope="module")
def stack(tmp_path_factory, cache, sparticuz_task, seaweed):
    folder = tmp_path_factory.mktemp("stack")
    with aws_stack(folder, cache, sparticuz_task, seaweed) as running:
        yield running


@pytest.fixture
def project(tmp_path):
    page = composition(PAGE, width=160, height=64, duration=2)
    return write_project(tmp_path / "project", page, **{"tone.wav": wav(noise(2.0))})


def site_uri(stack, project: Path) -> str:
    return f"{STORE}/sites/{deploy(stack.store, project)}/project.tar"


def test_the_cloud_makes_the_local_film(stack, project, tmp_path):
    """The ZIP in its sandbox, driven by the state machine, over a real S3: same sha256."""
    config = hf.RenderConfig(fps=15, segment_seconds="1/2")
    local = hf.render(project, tmp_path / "a.mp4", config, chrome=hf.Sparticuz())

    output = output_of(stack.run(site_uri(stack, project), CONFIG))

    made = output["Output"]
    assert made["Sha256"] == local.sha256, stack.emulator.log()[-4000:]
    assert made["FileSize"] == local.size
    key = made["OutputS3Uri"].removeprefix(f"{STORE}/")
    assert stack.store.get(key, tmp_path / "b.mp4").sha256 == local.sha256
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    digests = [base64.urlsafe_b64decode(c["Sha256"] + "=") for c in output["Chunks"]]
    assert [len(digest) for digest in digests] == [32] * 4
    assert output["Plan"]["HasAudio"] is True


def test_a_broken_composition_ends_the_execution_by_name(stack, tmp_path):
    """Once, not four times: a script that throws throws again."""
    page = composition("<script>throw new Error('no film')</script>", duration=1)
    project = write_project(tmp_path / "project", page)

    ended = stack.run(site_uri(stack, project), CONFIG)

    assert (ended["status"], ended["error"]) == ("FAILED", "PageError")
    assert "no film" in json.dumps(ended, default=str)


@pytest.fixture(scope="module")
def engine(stack):
    names = ("stepfunctions", "lambda")
    services = Services(clients={each: stack.emulator.client(each) for each in names})
    described = Stack(state_machine=stack.machine, store=STORE, function="render")
    cloud = Cloud(stack=described, services=services, store=stack.store)
    return AwsEngine(AwsClient(cloud))


@pytest.mark.timeout(500)
def test_a_stack_keeps_what_an_engine_promises(engine, tmp_path, seaweed, monkeypatch):
    """As an executor does, and a workflow."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)

    check_engine(engine, STORE, tmp_path, chrome=hf.Sparticuz())


def test_an_engine_on_a_stack_has_that_stacks_store(engine):
    with pytest.raises(InputError, match="is not the stack's"):
        engine.render(RenderRequest(store="s3://elsewhere", site_hash="0" * 64))


@pytest.mark.parametrize("retryable", [True, False])
def test_an_error_that_crossed_a_service_is_of_its_class(retryable):
    """With the text it had, which is all there is of it."""
    for name in error_names(retryable=retryable):
        error = told_error(name, "what it said")

        again = pickle.loads(pickle.dumps(error))
        assert isinstance(again, find_error(name))
        assert (str(again), again.reason) == ("what it said",) * 2
        assert (type(again).__name__, again.retryable) == (name, retryable)
    assert told_error("PageError", "what it said").frame is None
    assert isinstance(told_error("PageError", ""), PageError)
