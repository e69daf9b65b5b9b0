"""How soon is soon, on a machine that has other things to do."""

SOON = 45.0
"""
Seconds within which what is prompt has happened, however busy the machine is.

Where nothing made it prompt it would take a minute and more, or for ever.
"""
