"""
Every exception the library raises, as one tree.

The class says what to do next; the message says what was wanted and what was found.
Class names are wire format: Step Functions and Temporal match on ``type(exc).__name__``,
and whether a retry can help is ``retryable`` on the class, nowhere else.

::

    HyperframesError
    ├── InputError                  the caller's argument or project is wrong
    │   ├── UnsupportedFeatureError the project uses something this version refuses
    │   └── DamagedSourceError      a video cannot be decoded where it is shown
    ├── PlanError
    │   ├── PlanIntegrityError      bytes or fields are not what was planned
    │   ├── PlanIncompleteError     a part of the plan directory is missing
    │   └── PlanTooLargeError       the plan is over the caller's limit
    ├── ToolchainMismatchError      other ffmpeg, Chrome or library than planned
    ├── ResolveError                a remote address cannot be turned into bytes
    │   └── ResolveUnavailableError the source did not answer          (retryable)
    ├── ChromeError                                                    (retryable)
    │   ├── ChromeLaunchError       no usable browser came up          (retryable)
    │   ├── ChromeCrashError        the browser died                   (retryable)
    │   └── ChromeTimeoutError      the browser did not answer in time (retryable)
    ├── PageError                   the composition's own fault
    ├── EncodeError                 the encoder refused its input
    │   └── EncoderLostError        it was killed, or did nothing      (retryable)
    ├── AssembleError               chunks do not make the planned video
    ├── SeamError                   a frame depends on who begins with it
    ├── ChunkUnfinishedError        stopped in time; what is done is kept (retryable)
    ├── TransportError              a store did not answer             (retryable)
    │   ├── StoreMissingError       nothing lies under the key
    │   ├── StoreConflictError      other bytes lie under the key
    │   └── StoreDamagedError       bytes came back changed            (retryable)
    ├── CloudError                  a cloud service refused a call
    │   └── CloudUnavailableError   it did not answer, or is busy      (retryable)
    ├── RenderFailedError           a render in the cloud ended without a video
    ├── EngineError                 what runs the jobs of a render failed  (retryable)
    ├── PackageError                a deployment ZIP cannot be built or trusted
    ├── DiskFullError               no room for the work directory     (retryable)
    ├── ResourceLimitError          no more files, threads or memory   (retryable)
    ├── UnsupportedPlatformError    Chrome cannot run here
    ├── Cancelled                   the caller asked to stop
    └── DeadlineExceeded            the caller's deadline passed
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AssembleError",
    "Cancelled",
    "ChromeCrashError",
    "ChromeError",
    "ChromeLaunchError",
    "ChromeTimeoutError",
    "ChunkUnfinishedError",
    "CloudError",
    "CloudUnavailableError",
    "DamagedSourceError",
    "DeadlineExceeded",
    "DiskFullError",
    "EncodeError",
    "EncoderLostError",
    "EngineError",
    "HyperframesError",
    "InputError",
    "PackageError",
    "PageError",
    "PlanError",
    "PlanIncompleteError",
    "PlanIntegrityError",
    "PlanTooLargeError",
    "RenderFailedError",
    "ResolveError",
    "ResolveUnavailableError",
    "ResourceLimitError",
    "SeamError",
    "StoreConflictError",
    "StoreDamagedError",
    "StoreMissingError",
    "ToolchainMismatchError",
    "TransportError",
    "UnsupportedFeatureError",
    "UnsupportedPlatformError",
]


class HyperframesError(Exception):
    """
    The root of the tree; catching it catches everything the library raises.

    Attributes:
        retryable: Whether the same call may succeed when made again, unchanged.
    """

    retryable: bool = False


class InputError(HyperframesError, ValueError):
    """An argument, a project or a configuration cannot be rendered as it is."""


class UnsupportedFeatureError(InputError):
    """
    The composition uses a feature this version refuses, by name.

    Attributes:
        feature: What was found, such as ``<video>``.
        where: The element or file it was found on.
        advice: What to do instead.
    """

    def __init__(self, feature: str, where: str, advice: str) -> None:
        super().__init__(feature, where, advice)
        self.feature, self.where, self.advice = feature, where, advice

    def __str__(self) -> str:
        return f"{self.feature} is not supported ({self.where}); {self.advice}"


class DamagedSourceError(InputError):
    """
    A source of video cannot be decoded at a time some frame shows, or is made from.

    Attributes:
        source: Its file, as the page calls it.
        time: Seconds into that file at which decoding fails first.
        reason: What was found there.
    """

    def __init__(self, source: str, time: float, reason: str) -> None:
        super().__init__(source, time, reason)
        self.source, self.time, self.reason = source, time, reason

    def __str__(self) -> str:
        return (
            f"video {self.source!r} is damaged at {self.time:.3f} s: {self.reason}; "
            "encode it anew, or take another copy of it"
        )


class PlanError(HyperframesError):
    """A plan directory cannot be used."""


class PlanIntegrityError(PlanError):
    """
    A part of the plan is not what was planned.

    Attributes:
        path: The file, or the field of ``plan.json``.
        expected: What the plan says; None when the plan does not know it.
        actual: What is there.
    """

    def __init__(self, path: str, expected: str | None, actual: str | None) -> None:
        super().__init__(path, expected, actual)
        self.path, self.expected, self.actual = path, expected, actual

    def __str__(self) -> str:
        if self.expected is None:
            return f"{self.path}: not part of the plan ({self.actual}); plan again"
        return (
            f"{self.path}: planned {self.expected}, found {self.actual}; "
            "the plan directory was changed after planning, plan again"
        )


class PlanIncompleteError(PlanError):
    """
    A file of the plan is missing.

    Attributes:
        path: The missing file, relative to the plan directory.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return (
            f"{self.path}: missing from the plan directory; copy it whole or plan again"
        )


class PlanTooLargeError(PlanError):
    """
    The plan holds more bytes than the caller allows.

    Attributes:
        size: Bytes found.
        limit: Bytes allowed.
    """

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(size, limit)
        self.size, self.limit = size, limit

    def __str__(self) -> str:
        return (
            f"the plan holds {self.size} bytes, the limit is {self.limit}; "
            "raise Limits.plan_bytes or remove unused files from the project"
        )


class ToolchainMismatchError(HyperframesError):
    """
    A tool on this machine is not the one the plan was made for.

    Equal bytes are promised for equal tools only, so a chunk is refused before a
    browser boots rather than rendered slightly differently.

    Attributes:
        tool: ``chrome``, ``chrome's arguments``, ``ffmpeg``, ``library``, or what Chrome
            draws.
        planned: What the plan names.
        found: What this machine has.
    """

    def __init__(self, tool: str, planned: str, found: str) -> None:
        super().__init__(tool, planned, found)
        self.tool, self.planned, self.found = tool, planned, found

    def __str__(self) -> str:
        return (
            f"{self.tool}: planned with {self.planned}, this machine has {self.found}; "
            "install the planned one here or plan again with this one"
        )


class ResolveError(HyperframesError):
    """
    A remote address cannot be turned into bytes.

    Attributes:
        address: The address, without its query string.
        reason: Why, for a person.
    """

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address, self.reason = address, reason

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"


class ResolveUnavailableError(ResolveError):
    """The source of a remote address did not answer; it may later."""

    retryable = True


class ChromeError(HyperframesError):
    """The browser, not the composition, failed."""

    retryable = True


class ChromeLaunchError(ChromeError):
    """No usable browser came up."""


class ChromeCrashError(ChromeError):
    """The browser or its page died."""


class ChromeTimeoutError(ChromeError):
    """The browser did not answer a command before its deadline."""


class PageError(HyperframesError):
    """
    The composition itself fails, by a script that throws or a file it lacks.

    Attributes:
        reason: What the page did.
        frame: The output frame being drawn when it was noticed, which for a file may be
            some frames after it was asked for; None while the page loads.
        file: The file of the project at fault, as a POSIX path; None where none is known.
        line: The line in *file*, from 1, as its author wrote it.
        column: The column in that line, from 1.
        source: The text of that line.
        element: The start tag at fault, shortened.
        url: The address at fault, without its query string.
        hint: What to do about it.
        console: What the page printed last, oldest first.
    """

    def __init__(
        self,
        reason: str,
        frame: int | None = None,
        file: str | None = None,
        line: int | None = None,
        column: int | None = None,
        source: str | None = None,
        element: str | None = None,
        url: str | None = None,
        hint: str | None = None,
        console: tuple[str, ...] = (),
    ) -> None:
        place = (file, line, column, source)
        super().__init__(reason, frame, *place, element, url, hint, console)
        self.reason, self.frame = reason, frame
        self.file, self.line, self.column, self.source = place
        self.element, self.url, self.hint = element, url, hint
        self.console = console

    def __str__(self) -> str:
        place = [x for x in (self.file, self.line, self.column) if x is not None]
        rows = [
            "" if self.frame is None else f"frame {self.frame}: ",
            f"{':'.join(map(str, place))}: " if self.file else "",
            self.reason,
            "".join(f" ({x})" for x in (self.element, self.url) if x),
            f"; {self.hint}" if self.hint else "",
        ]
        if self.source is not None and self.line is not None:
            rows.append(f"\n{quote_line(self.source, self.line, self.column)}")
        if self.console:
            rows += ["\nthe page printed:", *(f"\n  {row}" for row in self.console)]
        return "".join(rows)

    def with_facts(self, **facts: Any) -> PageError:
        """The same error with *facts* in the place of its attributes of those names."""
        names = (
            *("reason", "frame", "file", "line", "column", "source"),
            *("element", "url", "hint", "console"),
        )
        return PageError(**{name: getattr(self, name) for name in names} | facts)


def quote_line(source: str, line: int, column: int | None) -> str:
    """The *line* of a file, whose text is *source*, with a caret below its *column*."""
    column = min(column or 0, len(source) + 1)
    start = max(0, column - 60) if len(source) > 100 else 0
    shown = source[start : start + 100].replace("\t", " ")
    head = f"{line:>5} | "
    rows = [f"{head}{shown}".rstrip()]
    if column:
        rows.append(f"{'|':>{len(head) - 1}} {' ' * (column - 1 - start)}^")
    return "\n".join(rows)


class EncodeError(HyperframesError):
    """The encoder or muxer refused its input."""


class EncoderLostError(EncodeError):
    """
    The encoder or muxer was ended by a signal, or did nothing until it was given up.

    A system that is short of memory ends a program so.
    """

    retryable = True


class AssembleError(HyperframesError):
    """
    The chunks at hand do not make the planned video.

    Attributes:
        path: The chunk, sidecar or output at fault.
        reason: What was wanted and what was found.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class SeamError(HyperframesError):
    """
    A frame is another one for who begins with it than for who comes from before it.

    The page remembers what it has shown, though nothing told so while it was planned. With
    ``RenderConfig(reach="walk")`` every worker passes all frames before its first one.

    Attributes:
        frame: The frame of the output, the first of a segment.
        chunk: The chunk it is in.
    """

    def __init__(self, frame: int, chunk: int) -> None:
        super().__init__(frame, chunk)
        self.frame, self.chunk = frame, chunk

    def __str__(self) -> str:
        return (
            f"frame {self.frame} (chunk {self.chunk}) is not the one that follows from the "
            "frames before it: the page remembers what it has shown; plan it with "
            'reach="walk"'
        )


class TransportError(HyperframesError):
    """A store did not take or give the bytes asked of it."""

    retryable = True


class StoreMissingError(TransportError):
    """
    Nothing lies under a key.

    Attributes:
        address: The store and the key, without credentials.
    """

    retryable = False

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address

    def __str__(self) -> str:
        return f"{self.address}: nothing is there"


class StoreConflictError(TransportError):
    """
    Other bytes lie under a key; they were left as they are.

    Attributes:
        address: The store and the key, without credentials.
        expected: sha256 of what was to be stored.
        actual: sha256 of what is there.
    """

    retryable = False

    def __init__(self, address: str, expected: str, actual: str) -> None:
        super().__init__(address, expected, actual)
        self.address, self.expected, self.actual = address, expected, actual

    def __str__(self) -> str:
        return (
            f"{self.address}: holds sha256 {self.actual}, to be stored was "
            f"{self.expected}; nothing was overwritten"
        )


class StoreDamagedError(TransportError):
    """
    What a store gave back is not what was stored.

    Attributes:
        address: The store and the key, without credentials.
        expected: sha256 of what was stored.
        actual: sha256 of what came back.
    """

    retryable = True

    def __init__(self, address: str, expected: str, actual: str) -> None:
        super().__init__(address, expected, actual)
        self.address, self.expected, self.actual = address, expected, actual

    def __str__(self) -> str:
        return (
            f"{self.address}: stored sha256 {self.expected}, read {self.actual}; "
            "try again; what a render made is made again, anything else put there anew"
        )


class PackageError(HyperframesError):
    """A deployment ZIP cannot be built as asked, or a file in it is not what was built."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class DiskFullError(HyperframesError, OSError):
    """There is no room left for a work directory or an output."""

    retryable = True


class ResourceLimitError(HyperframesError):
    """The system gives this process no more open files, threads or memory."""

    retryable = True


class UnsupportedPlatformError(HyperframesError):
    """Chrome is driven on Linux x86-64 and arm64 only; the rest works elsewhere."""


class Cancelled(HyperframesError):
    """The caller's ``cancel`` was set; nothing was published."""


class DeadlineExceeded(HyperframesError, TimeoutError):
    """The caller's ``deadline`` passed; nothing was published."""


class CloudError(HyperframesError):
    """
    A cloud service refused a call.

    Attributes:
        operation: The call, in the service's own words.
        code: The service's name for what is wrong.
        reason: What it said.
    """

    def __init__(self, operation: str, code: str, reason: str) -> None:
        super().__init__(operation, code, reason)
        self.operation, self.code, self.reason = operation, code, reason

    def __str__(self) -> str:
        return f"{self.operation}: {self.code}: {self.reason}"


class CloudUnavailableError(CloudError):
    """A cloud service did not answer, or asked for fewer calls; it may answer later."""

    retryable = True


class RenderFailedError(HyperframesError):
    """
    A render in the cloud ended without a video.

    What could be tried again was, there; its finished segments are kept, so a new render
    of the same project goes on from them.

    Attributes:
        render: Its name.
        status: How it ended: ``failed``, ``timed_out`` or ``cancelled``.
        error: Class of the error that ended it, one of these or the service's own.
        reason: What that error said.
    """

    def __init__(self, render: str, status: str, error: str, reason: str) -> None:
        super().__init__(render, status, error, reason)
        self.render, self.status = render, status
        self.error, self.reason = error, reason

    def __str__(self) -> str:
        why = ": ".join(part for part in (self.error, self.reason) if part)
        return f"render {self.render} {self.status.replace('_', ' ')}: {why}"


class EngineError(HyperframesError):
    """
    What runs the jobs of a render failed, and not a job.

    Attributes:
        job: What it was asked to do.
        reason: What happened.
    """

    retryable = True

    def __init__(self, job: str, reason: str) -> None:
        super().__init__(job, reason)
        self.job, self.reason = job, reason

    def __str__(self) -> str:
        return f"{self.job}: {self.reason}"


class ChunkUnfinishedError(HyperframesError):
    """
    A chunk was stopped before its host would have been.

    Its finished segments are kept, so the next try goes on where this one stopped.

    Attributes:
        index: The chunk.
        done: Segments of it that are kept.
        total: Segments in it.
    """

    retryable = True

    def __init__(self, index: int, done: int, total: int) -> None:
        super().__init__(index, done, total)
        self.index, self.done, self.total = index, done, total

    def __str__(self) -> str:
        return (
            f"chunk {self.index}: out of time with {self.done} of {self.total} segments "
            "kept; try again to go on from there, or cut into more chunks"
        )


def error_names(*, retryable: bool) -> tuple[str, ...]:
    """Names of all classes that are worth another try, or of all that are not, sorted."""
    classes = [globals()[name] for name in __all__]
    return tuple(sorted(c.__name__ for c in classes if c.retryable is retryable))


def find_error(name: str | None) -> type[HyperframesError] | None:
    """The class called *name*; None if the library has none."""
    return globals()[name] if name in __all__ else None
