"""
Rules of the shutter: what the root says of it, and who says something of it in vain.
"""

from __future__ import annotations

from .._model.shutter import ANGLES, MOTION_BLUR, PHASES, SAMPLES, ShutterError
from .._model.shutter import read_shutter as read
from .._tools.markup import Element
from .project import ID, Project

_OWN = (MOTION_BLUR, ANGLES[0], PHASES[0], SAMPLES[0])


def check_shutter(project: Project) -> None:
    """All rules of this module."""
    root = _root_of(project)
    if root is not None:
        _check_root(project, root)
    for document in project.documents:
        for node in document.elements:
            said = next((name for name in _OWN if name in node.attributes), None)
            # A script or a sheet may have made it a word of its own.
            if said is None or node is root or project.text_elsewhere(said):
                continue
            project.add(
                "HF102",
                document.source,
                node.attributes[said].start,
                f"{said!r} counts on the composition that is rendered, and is not looked "
                "at here",
                f"put it on the outermost element with {ID}: every frame is blurred whole",
                element=node,
            )


def _root_of(project: Project) -> Element | None:
    found = project.entry.compositions
    said = (node for node in found if node.get("data-root") == "true")
    return next(said, next(iter(found), None))


def _check_root(project: Project, root: Element) -> None:
    try:
        read(root.get)
    except ShutterError as error:
        row = root.attributes[error.name]
        project.add(
            "HF212",
            project.entry.source,
            row.value_start,
            error.reason,
            error.cure,
            element=root,
        )
