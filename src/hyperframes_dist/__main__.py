"""``python -m hyperframes_dist``: the library from a shell."""

if __name__ == "__main__":
    import gc
    import sys

    # What is imported stays until the process ends: nothing in it is garbage, and looking
    # through it, meanwhile and at the end, takes a fifth of what starting a command takes.
    gc.disable()
    from ._cli import main

    gc.freeze()
    gc.enable()
    sys.exit(main())
