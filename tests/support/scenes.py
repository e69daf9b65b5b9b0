"""Pages whose cost is known."""

from __future__ import annotations

from pages import composition

# Work for the page alone: drawing 64 by 32 black pixels is next to nothing. The work is so
# much that no load of the machine makes the half without it as slow.
SLOW_FROM_HALF = composition(
    """<script>
      const work = (rounds) => { let x = 1; while (rounds--) x = Math.sin(x); return x; };
      window.addEventListener("hf-seek", ({ detail }) => {
        if (detail.time >= 1) window.sum = work(8e6);
      });
    </script>""",
    duration=2,
)
