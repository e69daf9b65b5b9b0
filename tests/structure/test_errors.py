"""The errors are one tree; what it draws is what a caller can rely on."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from hyperframes_dist import errors
from hyperframes_dist.errors import HyperframesError

CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, HyperframesError)
}
ARGUMENTS = {
    "UnsupportedFeatureError": ("<video>", "index.html: <video>", "use images"),
    "PlanIntegrityError": ("plan.json", "a", "b"),
    "PlanIncompleteError": ("compiled/x",),
    "PlanTooLargeError": (7, 5),
    "ToolchainMismatchError": ("ffmpeg", "a", "b"),
    "ResolveError": ("https://example.com/x", "no such file"),
    "ResolveUnavailableError": ("https://example.com/x", "no answer"),
    "PageError": (
        *("script error", 7, "parts/a.html", 3, 5, "  draw();", "<b id=x>"),
        *("https://x.invalid/y.js", "load it first", ("log: hello",)),
    ),
    "AssembleError": ("0.mp4", "missing"),
    "DamagedSourceError": ("clip.mp4", 12.5, "a frame is missing"),
    "SeamError": (30, 1),
    "PackageError": ("function.zip", "too large"),
    "ChunkUnfinishedError": (7, 2, 5),
    "CloudError": ("StartExecution", "AccessDenied", "not yours"),
    "CloudUnavailableError": ("StartExecution", "ThrottlingException", "slower"),
    "RenderFailedError": ("film-1", "failed", "PageError", "a script threw"),
    "EngineError": ("chunk 3", "its workers were lost"),
    "StoreConflictError": ("s3://b/k", "aa", "bb"),
    "StoreDamagedError": ("s3://b/k", "aa", "bb"),
    "StoreMissingError": ("s3://b/k",),
    "DiskFullError": (28, "no room left", "/x"),
}
_LINE = re.compile(r"^(?P<bars>[│├└─ ]*)(?P<name>[A-Z]\w+)(?P<text>.*)$")


def drawn() -> list[tuple[str, str | None, bool]]:
    """Rows of the tree in the module's docstring: name, parent, whether retryable."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2]
    rows: list[tuple[str, str | None, bool]] = []
    above: dict[int, str] = {}
    for line in filter(None, inspect.cleandoc(tree).splitlines()):
        match = _LINE.match(line)
        assert match is not None, line
        depth = len(match["bars"]) // 4
        above[depth] = match["name"]
        retryable = "(retryable)" in match["text"]
        rows.append((match["name"], above.get(depth - 1), retryable))
    return rows


def make(name: str) -> HyperframesError:
    return CLASSES[name](*ARGUMENTS.get(name, ("what was found",)))


def test_the_drawing_is_the_tree():
    """Every class is drawn once, below the class it derives from."""
    rows = {(name, parent) for name, parent, _ in drawn()}

    real = {
        (name, None if cls is HyperframesError else cls.__mro__[1].__name__)
        for name, cls in CLASSES.items()
    }
    assert real == rows
    assert len(drawn()) == len(CLASSES)


@pytest.mark.parametrize(("name", "retryable"), [(n, r) for n, _, r in drawn()])
def test_retries_are_as_drawn(name, retryable):
    """Whether the same call may succeed later is a fact of the class."""
    assert retryable is CLASSES[name].retryable
    assert retryable is make(name).retryable


def test_a_class_is_exactly_as_retryable_as_it_says():
    """The flag is a truth value on each class, so job systems can list them by name."""
    assert {bool} == {type(cls.retryable) for cls in CLASSES.values()}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_an_error_can_be_pickled(name):
    """It crosses a process pool with its class, message and attributes."""
    error = make(name)

    again = pickle.loads(pickle.dumps(error))

    assert type(error) is type(again)
    assert str(error) == str(again)
    assert error.args == again.args
    assert vars(error) == vars(again)


@pytest.mark.parametrize("name", sorted(ARGUMENTS.keys() - {"DiskFullError"}))
def test_an_error_holds_what_it_was_given(name):
    """Facts are attributes, named as the docstring names them."""
    error = make(name)

    documented = re.findall(r"^    (\w+):", inspect.getdoc(CLASSES[name]) or "", re.M)
    assert documented == [] or set(documented) == set(vars(error))
    assert set(ARGUMENTS[name]) == set(vars(error).values())
    facts = [x for f in ARGUMENTS[name] for x in (f if isinstance(f, tuple) else (f,))]
    assert all(str(fact) in str(error) for fact in facts)


def test_all_is_sorted_and_complete():
    """Every class is public, and nothing else is."""
    assert sorted(CLASSES) == errors.__all__


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_an_error_says_what_it_means(name):
    """Every class has a docstring, and a message that is not empty."""
    assert inspect.getdoc(CLASSES[name])
    assert str(make(name)).strip()


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("InputError", ValueError),
        ("DiskFullError", OSError),
        ("DeadlineExceeded", TimeoutError),
    ],
)
def test_an_error_is_also_the_builtin_it_amounts_to(name, builtin):
    """Code that knows nothing of this library catches what it already catches."""
    assert issubclass(CLASSES[name], builtin)


def test_a_full_disk_names_its_place():
    """It keeps the number and the path of the `OSError` it is."""
    error = make("DiskFullError")

    assert isinstance(error, OSError)
    assert (error.errno, error.filename) == (28, "/x")


def test_a_page_error_without_a_frame_is_its_reason():
    """While the page loads there is no frame to name."""
    assert str(errors.PageError("no timeline")) == "no timeline"
    assert str(errors.PageError("no timeline", 0)) == "frame 0: no timeline"


def test_a_page_error_shows_the_line_and_where_in_it():
    """A caret stands below the column, also in a line too long to be shown."""
    short = errors.PageError("kaputt", None, "a.html", 12, 5, "\t\tdraw();")
    long = errors.PageError("kaputt", None, "a.html", 1, 301, "x" * 300 + "draw();")

    assert str(short) == "a.html:12:5: kaputt\n   12 |   draw();\n      |     ^"
    _, source, caret = str(long).splitlines()
    assert source[caret.index("^") :].startswith("draw();")
    assert len(source) < 120


def test_an_unplanned_file_is_called_unplanned():
    """What the plan does not know has no expected value."""
    error = errors.PlanIntegrityError("x", None, "a link")

    assert str(error) == "x: not part of the plan (a link); plan again"
