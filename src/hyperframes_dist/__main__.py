"""``python -m hyperframes_dist``: the library from a shell."""

import sys

from ._cli import main

if __name__ == "__main__":
    sys.exit(main())
