"""Browsers kept between calls, and those that boot and end beside them."""

from __future__ import annotations

import contextlib

import pytest

from hyperframes_dist._render.warm import WarmBrowser
from hyperframes_dist.errors import ChromeLaunchError
from hyperframes_dist.progress import Control


@contextlib.contextmanager
def counted(times):
    """Adds to *times* when it is entered."""
    times.append(1)
    yield


def test_a_browser_that_was_booted_ahead_is_the_one_that_is_used():
    """Who uses it waits for it, and starts no other one."""
    launches = []

    with WarmBrowser(None) as warm:
        warm.boot(Control())
        with warm.use(Control(), counted(launches)) as browser:
            assert browser.alive
        assert [] == launches

    assert browser.process.poll() is not None


def test_a_browser_that_nobody_used_ends():
    """One that still boots when its owner is done with it is ended as well."""
    warm = WarmBrowser(None)

    warm.boot(Control())
    assert warm.is_running
    warm.close()

    assert not warm.is_running


def test_a_boot_ahead_that_fails_is_told_to_who_uses_it(tmp_path):
    """Nothing is told beside; the use tries again, and raises."""
    from hyperframes_dist import HeadlessShell

    program = tmp_path / "chrome"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)

    with WarmBrowser(HeadlessShell(program)) as warm:
        warm.boot(Control())
        with pytest.raises(ChromeLaunchError), warm.use(Control()):
            pass
