"""``drawthings completion``, and what can be completed. Nothing here ever talks to a server, and all of it is quick."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
from click import shell_completion
from click.shell_completion import BashComplete, CompletionItem

from drawthings.cli.start import COMPLETION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drawthings.cli.alias import Completer

WHERE = {
    "bash": "~/.bashrc",
    "zsh": "~/.zshrc",
    "fish": "~/.config/fish/completions/drawthings.fish",
}
GLUE = frozenset({"=", ":"})
"""What ends a word for bash and not for us."""

ESCAPED = r"\\\1"
_SPECIAL = re.compile(r"([\s\"'\\()&;|<>$`*?\[\]{}!#])")


class Bash(BashComplete):
    """Completion for bash, also of values behind ``=`` and ``:``, and with spaces; also for the old bash of macOS."""

    source_template = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            file,*) compopt -o default 2>/dev/null ;;
            dir,*) compopt -o dirnames 2>/dev/null ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done < <(IFS=$'\\n'; COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD \
%(complete_var)s=bash_complete "$1" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""

    @staticmethod
    def _check_version() -> None:
        """Ask nothing: the script works with every bash."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the whole words before, and what there is of the one to be completed."""
        words = shell_completion.split_arg_string(os.environ["COMP_WORDS"])
        current = int(os.environ["COMP_CWORD"])
        return rejoined(words[1:current], words[current] if current < len(words) else "")

    def format_completion(self, item: CompletionItem) -> str:
        """Return a line for the script: only what stands behind the last ``=`` or ``:``, as bash takes that."""
        value = str(item.value)
        _, incomplete = self.get_completion_args()
        cut = max(incomplete.rfind(sign) for sign in GLUE) + 1
        value = value[cut:]
        quoted = any(os.environ["COMP_WORDS"].count(mark) % 2 for mark in "\"'")
        return f"{item.type},{value if quoted else _SPECIAL.sub(ESCAPED, value)}"


def rejoined(before: list[str], last: str) -> tuple[list[str], str]:
    """Put together what bash takes apart: ``sampler=Eu`` comes as three words, ``file.ckpt:0.8`` too.

    Args:
        before: The words before the one to be completed.
        last: That one.

    Returns:
        The same with the pieces joined.
    """
    words: list[str] = []
    for word in (*before, last):
        if words and (word in GLUE or words[-1][-1:] in GLUE):
            words[-1] += word
        else:
            words.append(word)
    return words[:-1], words[-1]


shell_completion.add_completion_class(Bash)


def answer(cli: click.Group, instruction: str) -> int:
    """Answer the shell's script; whatever is wrong, a shell gets nothing rather than a complaint.

    Args:
        cli: The command.
        instruction: What the script asks for, for example ``bash_complete``.
    """
    with suppress(Exception):
        return shell_completion.shell_complete(cli, {}, "drawthings", COMPLETION, instruction)
    return 1


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("shell", type=click.Choice(list(WHERE)))
def completion(shell: str) -> None:
    """Print the script that lets a SHELL complete commands, options, models, LoRAs and settings.

    Names come from what the server had when it was last asked, so completing never waits for it.

    \b
    Examples:
      drawthings completion bash >> ~/.bashrc
      drawthings completion zsh >> ~/.zshrc
      drawthings completion fish > ~/.config/fish/completions/drawthings.fish
    """  # noqa: D301 - click's mark for a paragraph that is kept as it is
    from drawthings.cli.main import cli

    made = shell_completion.get_completion_class(shell)
    assert made is not None  # noqa: S101 - click has the three
    click.echo(made(cli, {}, "drawthings", COMPLETION).source())


def names_of(kind: str) -> Completer:
    """Return what completes the names of models, LoRAs and so on, from what a server was seen to have.

    With ``--model`` on the line, only what is made for that model's family is offered.
    """

    def complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from drawthings.cli.memory import recall

        server = _server(ctx)
        model = ctx.params.get("model") or ctx.params.get("for_model")
        families = {family for file, family in recall("models", server) if file == model}
        found = recall(kind, server)
        fitting = [each for each in found if kind == "models" or not families or each[1] in {"", *families}]
        return [CompletionItem(file, help=family or None) for file, family in fitting if _begins(file, incomplete)]

    return complete


def settings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete ``NAME=VALUE``: the names of settings with their meaning, then the values that one can have."""
    from drawthings.request.fields import BY_NAME

    name, equals, value = incomplete.partition("=")
    name = name.replace("-", "_")
    if not equals:
        return [CompletionItem(f"{each}=", help=BY_NAME[each].doc) for each in BY_NAME if each.startswith(name)]
    known = BY_NAME.get(name)
    if known is None:
        return []
    labels = ("on", "off") if known.kind.name == "FLAG" else [choice.label for choice in known.choices or ()]
    return [CompletionItem(f"{name}={label}") for label in labels if _begins(label, value)]


def fields(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of settings."""
    from drawthings.request.fields import BY_NAME

    return [CompletionItem(name, help=BY_NAME[name].doc) for name in BY_NAME if name.startswith(incomplete)]


def samplers(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of samplers."""
    from drawthings.request.choices import Sampler

    return _beginning(incomplete, [sampler.label for sampler in Sampler])


def families(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of model families."""
    from drawthings.catalogue.families import FAMILIES

    return _beginning(incomplete, FAMILIES)


def hints(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete ``TYPE=FILE``."""
    from drawthings.request.additions import INPUTS

    kind, equals, _ = incomplete.partition("=")
    if equals:
        return [CompletionItem(incomplete, type="file")]
    return [CompletionItem(f"{name}=") for name in INPUTS if name.startswith(kind)]


def servers(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete addresses: the embedded server, those of the profiles, and those that were seen or are trusted."""
    from drawthings.cli.memory import servers as seen
    from drawthings.errors import DrawThingsError
    from drawthings.profiles import all_profiles

    named: list[str] = []
    with suppress(DrawThingsError):
        named = [profile.server for profile in all_profiles() if profile.server]
    return _beginning(incomplete, dict.fromkeys(("embedded", *named, *seen(), *_trusted())))


def _trusted() -> list[str]:
    """Return the addresses in the file of servers whose certificates are known."""
    from drawthings.profiles import known_servers_file

    with suppress(OSError, UnicodeDecodeError):
        lines = known_servers_file().read_text("utf-8").splitlines()
        return [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    return []


def profiles(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of profiles."""
    from drawthings.errors import DrawThingsError
    from drawthings.profiles import all_profiles

    with suppress(DrawThingsError):
        return _beginning(incomplete, [profile.name for profile in all_profiles()])
    return []


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell complete a file."""
    return [CompletionItem(incomplete, type="file")]


def _server(ctx: click.Context) -> str | None:
    """Return the server that a command would talk to, where that is one that was seen."""
    from drawthings.cli.memory import servers as seen
    from drawthings.errors import DrawThingsError
    from drawthings.settings import Connection

    named: Any = ctx.params.get("server") or next(iter(ctx.params.get("servers") or ()), None)
    if named:
        return str(named)
    with suppress(DrawThingsError):
        usual = Connection.from_environment(ctx.params.get("profile")).server
        return usual if usual in seen() else None
    return None


def _beginning(incomplete: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if _begins(name, incomplete)]


def _begins(name: str, incomplete: str) -> bool:
    return name.casefold().startswith(incomplete.casefold())
