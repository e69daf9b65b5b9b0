"""
A project becomes a plan directory: compiled, shown once, frozen, named by its hash.

Takes a project directory and a configuration, gives a directory that is complete when it can
be read. Never draws a frame of the output and never writes into the project.
"""
