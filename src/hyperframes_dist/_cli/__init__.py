"""
The commands.

Takes arguments, calls the library, prints results; an exit status says whether to try again.
Never does what the library cannot do.
"""
