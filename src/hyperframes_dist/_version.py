"""The library's version; part of every plan."""

__version__ = "0.1.0"
