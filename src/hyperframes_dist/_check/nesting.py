"""
Rules of which element holds which: those left open, and those a browser ends by itself.
"""

from __future__ import annotations

from .project import Document, Project

_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "div", "dl", "fieldset"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header"),
        *("hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul", "details"),
    }
)
_ENDS_ITSELF = frozenset({"a", "button", "option", "form", "nobr"})


def check_nesting(project: Project) -> None:
    """All rules of this module."""
    for document in project.documents:
        _check_closed(project, document)
        _check_paragraphs(project, document)
        _check_ends(project, document)


def _check_ends(project: Project, document: Document) -> None:
    """Elements a browser ends where another of their kind begins, and lost sources."""
    for node in document.elements:
        if node.foreign:
            continue
        holder = node.parent
        if node.tag in _ENDS_ITSELF and holder is not None and holder.closed:
            above = next((a for a in node.ancestors() if a.tag == node.tag), None)
            if above is not None and above.closed:
                line = document.source.place(above.start)[0]
                project.add(
                    "HF108",
                    document.source,
                    node.start,
                    f"<{node.tag}> ends the <{node.tag}> of line {line}, which holds none "
                    "of its kind",
                    f"close the <{node.tag}> of line {line} before it, or use a <div>",
                    element=node,
                )
        late = holder is not None and holder.tag == "picture" and node.tag == "source"
        first = (
            next((c for c in holder.children if c.tag == "img"), None)
            if holder
            else None
        )
        if late and first is not None and first.start < node.start:
            project.add(
                "HF108",
                document.source,
                node.start,
                "the <source> stands after the <img>, and is not looked at",
                "put it before the <img>",
                element=node,
            )


def _check_paragraphs(project: Project, document: Document) -> None:
    """A browser ends a paragraph where a block begins, whatever is written."""
    for node in document.elements:
        if node.tag not in _BLOCKS or node.foreign:
            continue
        holder = node.parent
        if holder is None or holder.tag != "p" or not holder.closed:
            continue
        line = document.source.place(holder.start)[0]
        project.add(
            "HF108",
            document.source,
            node.start,
            f"<{node.tag}> ends the <p> of line {line}: a paragraph holds no blocks, and "
            "what follows is not in it",
            "make the <p> a <div>",
            element=node,
        )


def _check_closed(project: Project, document: Document) -> None:
    shut = {slip.start for slip in document.markup.slips if slip.kind == "self-closed"}
    for slip in document.markup.slips:
        near = document.source.place(slip.near)[0]
        if slip.kind == "self-closed":
            continue
        if slip.kind == "unclosed" and slip.start in shut:
            message = (
                f"<{slip.tag} /> does not close itself in HTML: what follows is in it"
            )
            hint = f"write <{slip.tag} …></{slip.tag}>"
        elif slip.kind == "unclosed":
            message = (
                f"<{slip.tag}> is still open where line {near} closes what it is in"
            )
            hint = f"close it by </{slip.tag}>"
        else:
            message = f"</{slip.tag}> closes nothing"
            hint = "remove it, or open what it is to close"
        project.add("HF108", document.source, slip.start, message, hint)
