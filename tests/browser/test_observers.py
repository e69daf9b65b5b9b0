"""What a page observes is the film, not how it is cut."""

from __future__ import annotations

import pytest

from bars import widths

COUNTED = """let told = 0;
new IntersectionObserver((entries) => {
  told += entries.length;
  document.getElementById("b").style.width = `${told * 8}px`;
}).observe(document.getElementById("root"));"""


@pytest.mark.parametrize("seconds", [0.2, 0.6])
def test_nobody_is_told_of_the_moment_between_segments(renderer, tmp_path, seconds):
    """What stays in sight is told once, whatever the segments."""
    assert [8] * 6 == widths(renderer, tmp_path, COUNTED, seconds)


def test_a_page_is_not_offered_to_draw_by_a_worker(renderer, tmp_path):
    """Whoever asks draws itself."""
    script = """const may = "transferControlToOffscreen" in HTMLCanvasElement.prototype;
      document.getElementById("b").style.width = may ? "40px" : "20px";"""

    assert [20] * 6 == widths(renderer, tmp_path, script, 0.6)


ANEW = """let told = 0, turns = 0;
const bar = document.getElementById("b");
const observer = new IntersectionObserver((entries) => {
  told += entries.length;
  bar.style.width = `${told * 4}px`;
});
(function turn() {
  if (turns++ % 2 === 0) {
    observer.unobserve(bar);
    observer.observe(bar);
  }
  requestAnimationFrame(turn);
})();"""


def test_what_is_observed_anew_is_told_again(renderer, tmp_path):
    """As in any browser, though nothing has moved."""
    found = widths(renderer, tmp_path, ANEW, 0.6)

    assert found == sorted(found)
    assert len(set(found)) >= 3
