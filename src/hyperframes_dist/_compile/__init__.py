"""
A project becomes one compiled document and the files beside it.

Takes a project directory and a configuration, gives the document with its nested
compositions put in place. Never runs a script of the page and never fetches anything.
"""
