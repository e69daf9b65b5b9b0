"""
What every command has in common: how it is declared, what it may always be asked, how it
answers. The one module that knows the library the command line is made with.

A command is a function of its arguments, a namespace, that returns an exit status.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import click

from .._model.near import advice, nearest
from ..errors import InputError
from .settings import Settings, read_settings

__all__ = [
    "Args",
    "Group",
    "argument",
    "command",
    "flag",
    "option",
    "run_words",
    "show",
    "stop_wishes",
]

Args = SimpleNamespace
"""What a command was given, by the names of its arguments and options."""

Run = Callable[[Args], int]

EXIT_STATUSES = """exit status:
  0    done
  1    failed; the same command would fail again
  2    the command line, the project or the configuration is wrong
  3    failed in a way that may pass: try again
  124  --timeout passed
  130  interrupted"""

_HELP_NAMES = {"help_option_names": ["-h", "--help"]}
# What may be said before a command as well as behind it.
_ANYWHERE = ("json", "verbose", "quiet")


class _Argument(click.Argument):
    """An argument that says what it is."""

    def __init__(self, name: str, text: str, **rest: Any) -> None:
        super().__init__([name], **rest)
        self.text = text


class _Option(click.Option):
    """An option that stands under a heading of the help."""

    def __init__(self, names: Sequence[str], heading: str, **rest: Any) -> None:
        super().__init__(names, **rest)
        self.heading = heading


def argument(
    name: str, text: str, *, kind: Any = str, many: bool = False, required: bool = True
) -> click.Parameter:
    """A positional argument *name*; *many* takes one or more."""
    return _Argument(
        name, text, type=_type(kind), nargs=-1 if many else 1, required=required
    )


def option(
    name: str,
    text: str,
    *,
    kind: Any = str,
    default: Any = None,
    metavar: str | None = None,
    words: Sequence[str] = (),
    choices: Sequence[str] = (),
    many: bool = False,
    required: bool = False,
    heading: str = "Options",
    dest: str | None = None,
) -> click.Parameter:
    """
    An option *name*, such as ``--fps``, with a value.

    Args:
        kind: ``str``, ``int``, ``float`` or ``Path``.
        words: Values that are shown and completed; others are the library's to judge.
        choices: The only values there are.
        many: It may be given more than once; the command is given a tuple.
        required: There is no command without it.
        heading: Where it stands in the help.
        dest: What the command calls it, where that is not its name.
    """
    if choices:
        kind = click.Choice(choices)
    rest: dict[str, Any] = {} if default is None else {"default": default}
    if words:
        rest |= {
            "metavar": "|".join(words),
            "shell_complete": partial(_complete, words),
        }
    elif not choices:
        rest["metavar"] = metavar or name.lstrip("-").replace("-", "_").upper()
    return _Option(
        [name, *([dest] if dest else [])],
        heading,
        help=text,
        type=_type(kind),
        multiple=many,
        required=required,
        show_default=default is not None,
        **rest,
    )


def flag(name: str, text: str, *, heading: str = "Options") -> click.Parameter:
    """An option *name* without a value."""
    return _Option([name], heading, help=text, is_flag=True)


def _complete(
    words: Sequence[str], _context: click.Context, _param: click.Parameter, typed: str
) -> list[str]:
    return [word for word in words if word.startswith(typed)]


class _Path(click.Path):
    """A path; the empty one, of a shell's variable that is not set, is no folder here."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        if value == "":
            self.fail("it is empty: a variable that is not set, perhaps", param, ctx)
        return super().convert(value, param, ctx)


def _type(kind: Any) -> Any:
    return _Path(path_type=Path) if kind is Path else kind


def _common() -> list[click.Parameter]:
    heading = "In every command"
    return [
        flag("--json", "print one JSON object", heading=heading),
        flag("--verbose", "log to standard error", heading=heading),
        flag("--quiet", "show no progress", heading=heading),
        option(
            "--progress",
            "how progress is shown: auto is a bar on a terminal and nothing elsewhere",
            choices=("auto", "plain", "json", "none"),
            default="auto",
            heading=heading,
        ),
        option(
            "--timeout",
            "give up after so long",
            kind=float,
            metavar="SECONDS",
            heading=heading,
        ),
    ]


def _defaults(made: click.Command, root: click.Command | None) -> dict[str, Any]:
    """
    What the file of settings says of the options of *made*.

    Raises:
        InputError: A setting is an option of no command, or is no value of the one it
            is of; its file and line are named.
    """
    found, settings = {}, read_settings(Path())
    own = _options(made)
    for name, value in settings.values.items():
        # Two commands may call different things the same, as a format of film and of text.
        if name in own and (root is None or not _fault_of(own[name], value)):
            found[own[name].name or ""] = value
            if not isinstance(own[name].type, click.Choice):
                _check_field(settings, name)
        elif root is not None:
            _check_setting(settings, name, [_options(c) for c in _below(root)])
    return found


def _check_setting(
    settings: Settings, name: str, commands: list[dict[str, click.Option]]
) -> None:
    """Refuse a setting that no command takes, whichever is being run."""
    takers = [options[name] for options in commands if name in options]
    where, value = settings.place(name), settings.values[name]
    if not takers:
        known = sorted({option for options in commands for option in options})
        hint = advice(name, known)
        raise InputError(f"{where}: {name!r} is an option of no command{hint}")
    if takers[0].is_flag and not isinstance(value, bool):
        raise InputError(f"{where}: {name} is {value!r}, and is true or false")
    faults = [_fault_of(option, value) for option in takers]
    if all(faults):
        raise InputError(f"{where}: {name}: {faults[0]}")
    _check_field(settings, name)


def _check_field(settings: Settings, name: str) -> None:
    """Refuse a setting that no film takes."""
    if fault := _fault_of_field(name.replace("-", "_"), settings.values[name]):
        raise InputError(f"{settings.place(name)}: {fault}")


def _fault_of_field(name: str, value: Any) -> str:
    """Why no film takes *value* for the field *name*; empty where one does."""
    from .._model.config import RenderConfig  # noqa: PLC0415
    from .._model.formats import FORMATS  # noqa: PLC0415

    if name not in _JUDGED_ALONE:
        return ""
    faults = []
    for form in [value] if name == "format" else FORMATS:
        try:
            RenderConfig(**{"format": form, name: value})
        except InputError as error:
            faults.append(str(error))
        else:
            return ""
    return faults[0]


_JUDGED_ALONE = frozenset(
    {
        *(
            "format",
            "codec",
            "quality",
            "resolution",
            "fps",
            "capture",
            "fonts",
            "reach",
        ),
        *("segment_seconds", "bitrate", "start", "end", "output_scale"),
    }
)


def _fault_of(option: click.Option, value: Any) -> str:
    """Why *value* is none of *option*; empty where it is one."""
    if not option.is_flag and isinstance(value, bool):
        return f"{value!r} is no value of it"
    given = value if option.is_flag or option.multiple else str(value)
    try:
        if not option.multiple:
            option.type.convert(given, option, None)
    except click.ClickException as error:
        return error.message
    return ""


def _options(made: click.Command) -> dict[str, click.Option]:
    """The options of *made* by their names, as they are typed."""
    options = [param for param in made.params if isinstance(param, click.Option)]
    return {o.opts[0].lstrip("-"): o for o in options if o.name}


def _below(made: click.Command) -> Iterable[click.Command]:
    """The commands below *made*, loaded one by one."""
    if not isinstance(made, click.Group):
        yield made
        return
    context = click.Context(made)
    for name in made.list_commands(context):
        yield from _below(made.get_command(context, name) or made)


class _Command(click.Command):
    """A command whose help has headings, examples and the exit statuses."""

    examples: tuple[str, ...] = ()

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        root = None if parent is None else parent.find_root().command
        extra.setdefault("default_map", _defaults(self, root))
        return super().make_context(info_name, args, parent, **extra)

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        rows: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if isinstance(param, _Argument):
                more = "..." if param.nargs < 0 else ""
                row: Any = (f"{param.human_readable_name}{more}", param.text)
                rows.setdefault("Arguments", []).append(row)
            elif (row := param.get_help_record(ctx)) is not None:
                rows.setdefault(getattr(param, "heading", "Options"), []).append(row)
        for heading, block in rows.items():
            with formatter.section(heading):
                formatter.write_dl(block, col_max=26)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            lines = "\n".join(
                f"  {ctx.find_root().info_name} {e}" for e in self.examples
            )
            formatter.write(f"\nexamples:\n{lines}\n")
        formatter.write(f"\n{EXIT_STATUSES}\n")


def command(
    name: str,
    run: Run,
    text: str,
    *params: click.Parameter,
    examples: Sequence[str] = (),
) -> click.Command:
    """
    A command *name* that calls *run*; *text* says what it does.

    Args:
        examples: Lines of the help, each what follows the program's name.
    """

    @click.pass_context
    def call(context: click.Context, /, **given: Any) -> int:
        for above in _ancestors(context):
            for word in _ANYWHERE:
                given[word] = given[word] or above.params.get(word, False)
        return run(Args(**given))

    made = _Command(
        name,
        callback=call,
        params=[*params, *_common()],
        help=text,
        context_settings=_HELP_NAMES,
    )
    made.examples = tuple(examples)
    return made


def _ancestors(context: click.Context) -> Iterable[click.Context]:
    while context.parent is not None:
        context = context.parent
        yield context


class Group(click.Group):
    """
    Commands below a name.

    Args:
        name: What the group is called.
        text: What it says of itself.
        commands: Its commands.
        later: Commands that are loaded when they are run: module and one line of help by
            name; a module's ``COMMANDS`` are its commands.
        version: What ``--version`` prints; None has no such option.
    """

    def __init__(
        self,
        name: str,
        text: str,
        commands: Sequence[click.Command] = (),
        *,
        later: Mapping[str, tuple[str, str]] | None = None,
        version: str | None = None,
    ) -> None:
        params: list[click.Parameter] = [
            click.Option([f"--{word}"], is_flag=True, hidden=True) for word in _ANYWHERE
        ]
        super().__init__(
            name,
            commands,
            help=text,
            params=params,
            no_args_is_help=False,
            context_settings=_HELP_NAMES,
        )
        self._later = dict(later or {})
        if version is not None:
            click.version_option(version, message="%(version)s")(self)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names, in the order they were given."""
        return [*self._later, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command *cmd_name*, loaded."""
        if cmd_name not in self._later:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"{__package__}.{self._later[cmd_name][0]}")
        found = {made.name: made for made in module.COMMANDS}
        made: click.Command = found[cmd_name]
        return made

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that *args* begin with; a slip is told what was meant."""
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            meant = nearest(args[0], known)
            hint = (
                f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(known)}."
            )
            raise click.UsageError(f"No such command {args[0]!r}. {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """The commands with their lines, none of them loaded for it."""
        rows = [(name, text) for name, (_, text) in self._later.items()]
        rows += [(n, _line(made.help)) for n, made in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows, col_max=26)

    def format_epilog(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """The exit statuses."""
        formatter.write(f"\n{EXIT_STATUSES}\n")


def _line(text: str | None) -> str:
    """A sentence as a row of a list has it."""
    text = (text or "").rstrip(".")
    return text[:1].lower() + text[1:]


def run_words(root: Group, program: str, words: Sequence[str]) -> tuple[int, str]:
    """
    Run what *words* ask of *root*.

    Returns:
        The exit status, and what was wrong with *words*, if that kept it from running.
    """
    name = "_HYPERFRAMES_DIST_COMPLETE"
    try:
        status = root.main(words, program, complete_var=name, standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        usage = getattr(error, "ctx", None)
        path = usage.command_path if usage else program
        return error.exit_code, f"{error.format_message()} Try: {path} --help"
    return int(status or 0), ""


def stop_wishes(args: Args) -> dict[str, Any]:
    """
    Cancellation by a signal, and the deadline of ``--timeout``, as calls take them.

    A second signal ends the process at once, for whoever finds the first too polite;
    its work folders stay.
    """
    if args.timeout is not None and not args.timeout >= 0:
        raise InputError(f"--timeout {args.timeout}: seconds are 0 or more")
    cancel = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # What was started to outlive its terminal does.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, partial(_stop, cancel))
    deadline = None if args.timeout is None else time.monotonic() + args.timeout
    return {"cancel": cancel, "deadline": deadline}


def _stop(cancel: threading.Event, number: int, _: FrameType | None) -> None:
    if cancel.is_set():
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
    cancel.set()


def show(args: Args, row: bytes, text: str) -> int:
    """Print the result: *row* where JSON is wanted, else *text*."""
    print(row.decode() if args.json else text)
    return 0
