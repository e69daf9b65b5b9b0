"""What planning says of a project that was looked at."""

from __future__ import annotations

import hyperframes_dist as hf
from hyperframes_dist._plan.build import weigh
from pages import composition, write_project


def test_a_signed_address_is_told_without_its_secret(tmp_path):
    """The query of an address stays out of the log and of the plan."""
    image = '<img src="http://localhost:3000/a.png?sig=s3cret">'
    report = hf.check(write_project(tmp_path / "project", composition(image)))

    told = weigh(report, hf.RenderConfig())

    assert any("http://localhost:3000/a.png" in each for each in told)
    assert not any("s3cret" in each for each in told)
