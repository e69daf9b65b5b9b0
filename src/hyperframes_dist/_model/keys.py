"""
What everything a render stores is called: every key follows from a hash.

Whoever knows the hash finds what was made for it. What says that a thing is whole
(``plan.json``, a chunk's sidecar, a segment's record) is put last; what lacks it is a draft
that somebody did not finish.

::

    sites/{site_hash}/project.tar        a project, with its frozen remote addresses
    work/{plan_hash}/plan.json           the manifest
                     plan.tar            what every chunk reads
                     frames/0007.tar     what chunk 7 reads besides
                     assemble.tar        what the sound is mixed from
                     chunks/0007.mp4     a chunk, and its sidecar .json
    work/{content_hash}/0008.json        where 8 chunks of such frames begin
    segments/{pictures_hash}/000012.mp4  a segment, and its record .json; what it reads that
                                         others do not is in its name: 000012-{16 digits}.mp4
    segments/{sound_hash}/sound.m4a      a sound, and its sidecar; plans share it likewise
    outputs/{plan_hash}/output.mp4       the deliverable, and its facts output.json
    outputs/named/{name}                 the same under a name that somebody has chosen
    live/{render}/film.m3u8              a film that is watched while it is made, and what it
                                         is made of: `_render/live`
    renders/{render}/planned.json        which plan a render came to; named, not hashed
                     walking.json        the plan that took its place, if one did
                     marks/chunk-0007/…  how far a job is: the name of an empty file says it
                     faults/chunk-0007   what a job has failed with for good
                     cancel              it shall not go on
                     named               what its film is called besides
"""

from __future__ import annotations

from .formats import find_format
from .results import Plan

EXPIRING = ("work", "segments", "live")
"""Folders of what can be made again; the others are kept until somebody removes them."""

FILM = "film.m3u8"
"""What a player of a live preview is given."""


def site_key(site_hash: str) -> str:
    """Where a project lies; *site_hash* is the sha256 of the archive."""
    return f"sites/{site_hash}/project.tar"


def work_key(plan_hash: str, name: str) -> str:
    """Where the file *name* of a plan lies."""
    return f"work/{plan_hash}/{name}"


def schedule_key(plan: Plan) -> str:
    """Where it is noted at which segments as many chunks of its frames begin."""
    return work_key(plan.content_hash, f"{plan.chunk_count:04d}.json")


def render_folder(render: str) -> str:
    """Where all that is noted of the render of that name lies."""
    return f"renders/{render}"


def live_folder(render: str) -> str:
    """Where the render of that name is watched while it is made."""
    return f"live/{render}"


def planned_key(render: str) -> str:
    """Where it is noted which plan a render came to."""
    return f"{render_folder(render)}/planned.json"


def walking_key(render: str) -> str:
    """Where it is noted which plan took the place of that one, if one did."""
    return f"{render_folder(render)}/walking.json"


def marks_folder(render: str) -> str:
    """Where the jobs of a render tell how far they are."""
    return f"{render_folder(render)}/marks"


def faults_folder(render: str) -> str:
    """Where it is noted what jobs of a render have failed with for good."""
    return f"{render_folder(render)}/faults"


def cancel_key(render: str) -> str:
    """What lies there says that a render shall not go on."""
    return f"{render_folder(render)}/cancel"


def chunks_folder(plan_hash: str) -> str:
    """Where the chunks of a plan lie."""
    return work_key(plan_hash, "chunks")


def chunk_key(plan: Plan, index: int) -> str:
    """Where the file of chunk *index* lies; its sidecar has ``.json`` added."""
    return f"{chunks_folder(plan.plan_hash)}/{index:04d}{_part_suffix(plan)}"


def segments_folder(pictures_hash: str) -> str:
    """Where the segments of all plans lie that draw their pictures alike."""
    return f"segments/{pictures_hash}"


def segment_key(plan: Plan, index: int) -> str:
    """What the file of segment *index* is called: by what can change its bytes."""
    names = plan.segment_names
    folder = segments_folder(names.pictures_hash)
    return f"{folder}/{names.name(index)}{_part_suffix(plan)}"


def sound_key(plan: Plan) -> str:
    """Where the sound of *plan* lies; its sidecar has ``.json`` added."""
    container = find_format(plan.content.encoder.format).container
    suffix = "" if container is None else container.sound_suffix
    return f"{segments_folder(plan.sound_hash)}/sound{suffix}"


def _part_suffix(plan: Plan) -> str:
    return find_format(plan.content.encoder.format).part_suffix


def output_key(plan_hash: str, format_name: str) -> str:
    """Where the deliverable lies; a directory of pictures is stored as a tar."""
    suffix = find_format(format_name).suffix or ".tar"
    return f"outputs/{plan_hash}/output{suffix}"


def facts_key(plan_hash: str) -> str:
    """Where the facts of the deliverable lie, once it is there."""
    return f"outputs/{plan_hash}/output.json"


def named_key(name: str) -> str:
    """Where a deliverable lies that somebody has called *name*."""
    return f"outputs/named/{name}"


def naming_key(render: str) -> str:
    """Where it is noted what the film of a render is called."""
    return f"{render_folder(render)}/named"
