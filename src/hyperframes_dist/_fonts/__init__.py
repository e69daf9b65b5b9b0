"""
Which font stands for which name, and the ``@font-face`` rules that bring it.

Takes the text of a document and what its page showed, gives the text with rules and the
names that nobody brings. Never opens a page, and never asks what fonts the machine has.
"""
