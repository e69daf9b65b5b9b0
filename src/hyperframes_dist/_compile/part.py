"""
One part of a project alone: a file that is a ``<template>``, shown as its host shows it.

Such a file is no document: it is mounted by one. The project's own entry lends what it has
around its host, its head above all; where none mounts the file, a plain document does.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from .._tools.html import Node, Tree, attribute, parse, parse_content
from .addresses import Paths, rewrite_addresses
from .nested_files import COMPOSITION, SOURCE, find_hosts, find_root, source_path
from .secrets import find_file

_MAIN = "index.html"
_SIZES = ("data-width", "data-height", "data-duration")
_ROOT = f"[{COMPOSITION}]"


def mount_part(project: Path, entry: str, tree: Tree) -> Tree:
    """
    *tree*, the file *entry*, as a document that mounts it; itself where it is a document.
    """
    if tree.css_first(_ROOT) is not None:
        return tree
    part = _inside(tree)
    if part is None:
        return tree
    main = _main(project, entry)
    hosts = find_hosts(main) if main is not None else ()
    host = next((each for each in hosts if source_path(each) == entry), None)
    facts = _facts(part, host)
    if main is None or host is None:
        return parse(f"<!doctype html><body style='margin:0'>{_host(facts, entry)}")
    rewrite_addresses(main, Paths(project, _MAIN, entry).rewrite)
    root = main.css_first(f'{_ROOT}[data-root="true"]') or main.css_first(_ROOT)
    assert main.body is not None
    if root is not None and attribute(root, SOURCE) is None:
        facts = {name: attribute(root, name) or "" for name in _SIZES[:2]} | facts
    main.body.inner_html = _host(facts, entry)
    return main


def _inside(tree: Tree) -> Node | None:
    """The composition in the first template of *tree*."""
    for fragment in tree.template_fragments()[:1]:
        return find_root(parse_content(fragment.html or ""), "")
    return None


def _main(project: Path, entry: str) -> Tree | None:
    path = find_file(project, _MAIN)
    if path is None or entry == _MAIN:
        return None
    return parse(path.read_text("utf-8-sig", errors="replace"))


def _facts(part: Node, host: Node | None) -> dict[str, str]:
    """What the part says of itself, or else its host: its size, and how long it is."""
    found = {COMPOSITION: attribute(part, COMPOSITION) or ""}
    for name in (*_SIZES, "data-variable-values"):
        own = None if name == "data-variable-values" else attribute(part, name)
        if value := own or attribute(host, name):
            found[name] = value
    return found


def _host(facts: dict[str, str], entry: str) -> str:
    rows = "".join(f' {name}="{escape(value)}"' for name, value in facts.items())
    sizes = {name: facts[name] for name in _SIZES if name in facts}
    around = "".join(f' {name}="{escape(value)}"' for name, value in sizes.items())
    return (
        f'<div {COMPOSITION}="hyperframes-dist-part" data-start="0" data-no-timeline'
        f'{around}><div data-start="0" {SOURCE}="{escape(entry)}"{rows}></div></div>'
    )
