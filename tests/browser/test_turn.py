"""The time a page is granted: what Chrome reads of it."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

import hyperframes_dist as hf
from hyperframes_dist._browser.turn import GRANT, HeldTime, to_chrome
from pages import composition, write_project

MILLISECONDS = st.floats(0, 1e10).map(lambda ms: round(ms, 3))


class FakeSession:
    """A page behind which Chrome's clock stands at *base* milliseconds."""

    def __init__(self, base):
        self.base, self.budgets = base, []

    def on(self, event, listener):
        self.spent = listener

    def send(self, method, params):
        assert method == GRANT
        if "budget" in params:
            self.budgets.append(params["budget"])
        sent = asyncio.get_running_loop().create_future()
        sent.set_result({"virtualTimeTicksBase": self.base})
        return sent


def read(milliseconds):
    """How Chrome reads a number of milliseconds: as whole microseconds, the rest cut off."""
    return int(milliseconds * 1000)


def run(base, work):
    async def held():
        session = FakeSession(base)
        return session, work(await HeldTime.hold(session), session)

    return asyncio.run(held())


@given(st.integers(0, 10**15))
def test_chrome_reads_the_microseconds_that_were_meant(microseconds):
    """A number that lies a little below a whole one would lose a microsecond."""
    assert read(to_chrome(microseconds)) == microseconds


@given(MILLISECONDS, st.lists(st.booleans(), max_size=20))
def test_a_draw_is_later_than_the_one_before(base, grants):
    """As Chrome reads it: one that is not is never answered."""

    def draw(held, session):
        ticks = []
        for granted in grants:
            if granted:
                held.grant()
            ticks.append(read(held.tick()))
        return ticks

    _, ticks = run(base, draw)

    assert ticks == sorted(set(ticks))


@given(MILLISECONDS, st.lists(st.integers(0, 50), min_size=4, max_size=4))
def test_turns_are_in_no_frame(base, turns):
    """The time a frame is drawn at is the same whatever turns a machine had a page take."""

    def film(held, session):
        for _ in range(turns[0]):
            held.grant()
        held.begin_film()
        ticks = []
        for frame in range(3):
            held.grant(frame * 1000 / 30)
            for _ in range(turns[frame + 1]):
                held.grant()
            ticks.append(read(held.tick()) - round(base * 1000))
        return ticks

    _, ticks = run(base, film)

    # A page is told tenths of a millisecond, and others than whole ones by chance.
    assert [tick % 100 for tick in ticks] == [0, 0, 0]
    assert [tick - ticks[0] for tick in ticks] == [0, 33_300, 66_700]


@given(
    MILLISECONDS, st.integers(1, 300), st.sampled_from([24, 25, 30, 60, 30000 / 1001])
)
def test_a_film_drifts_by_nothing(base, frames, rate):
    """What is granted adds up to the frame's time, whatever was granted in between."""

    def film(held, session):
        held.grant()
        held.begin_film()
        held.grant(0.0)
        before = len(session.budgets)
        for frame in range(1, frames):
            held.grant(frame * 1000 / rate)
            held.grant()
        held.grant(frames * 1000 / rate)
        return before

    session, before = run(base, film)

    granted = sum(read(budget) for budget in session.budgets[before:])
    assert granted == round(frames * 1e6 / rate)


def test_planning_takes_few_turns(renderer, tmp_path, monkeypatch):
    """A page that waits for time to go on gets as much at once, and not a thousandth."""
    grant, granted = HeldTime.grant, []

    def counted(self, *args, **settings):
        granted.append(1)
        return grant(self, *args, **settings)

    monkeypatch.setattr(HeldTime, "grant", counted)
    project = write_project(
        tmp_path / "project", composition("<b>text</b>", duration=2)
    )

    renderer.plan(project, tmp_path / "plan", hf.RenderConfig(fps=10))

    assert 10 < len(granted) < 400, len(granted)
