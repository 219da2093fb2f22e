"""The documentation says what is so: its blocks run, everything has an entry, and its links lead somewhere."""

from __future__ import annotations

import inspect
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import click
import pytest

import drawthings
from drawthings.cli.main import cli
from drawthings.profiles import ENVIRONMENT
from drawthings.request.choices import Sampler
from drawthings.request.fields import FIELDS
from drawthings.request.guard_codes import CODES
from drawthings.request.recipes import recipe_rows

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

from book import commands, faults, findings, interface, recipes, settings, variables  # noqa: E402 - the path comes first
from book.page import DOCS, Page, all_pages, read_page  # noqa: E402
from book.session import SKIPPED, Session, agrees  # noqa: E402
from book.session import commands as shown_commands  # noqa: E402

pytestmark = pytest.mark.timeout(60)

PAGES = {page.name: page for page in all_pages()}
ELSEWHERE = {"coverage", "performance", "changelog"}
"""Pages about the work on this package; what they show is not for its users to type."""
RUNNING = [page for page in PAGES.values() if page.runnable and page.name not in ELSEWHERE]


# ------------------------------------------------------------------------------------------------- what the pages show


@pytest.mark.timeout(180)
@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run(page: Page, address: str, tmp_path: Path) -> None:
    Session(tmp_path, address).play(page)
    assert [name for name in page.pictures if not (tmp_path / name).exists()] == []


def test_there_is_something_to_run() -> None:
    assert len(RUNNING) > 20
    assert sum(len(page.runnable) for page in RUNNING) > 60


def lines() -> list[str]:
    """Return every command of ours that a page shows, also in blocks that cannot be run."""
    texts = [block.text for page in PAGES.values() for block in page.blocks if block.language in {"console", "text"}]
    shown = [command for text in texts for command, _ in shown_commands(text)]
    return sorted({line for line in shown if line.startswith("drawthings ")})


@pytest.mark.parametrize("line", lines())
def test_a_command_that_is_shown_exists(line: str) -> None:
    command: click.Command = cli
    words = shlex.split(line)[1:]
    context = click.Context(cli, info_name="drawthings")
    while isinstance(command, click.Group) and words and (found := command.get_command(context, words[0])) is not None:
        command, words = found, words[1:]
    if command is cli and not words[0].startswith("-"):
        command = walk("", cli)["generate"]  # words that are no command are a prompt
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"-h", "--help"}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert given <= known


def test_installing_is_shown_as_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [line for page in PAGES.values() for block in page.blocks for line, _ in shown_commands(block.text)]
    installing = {line for line in shown if line.startswith(SKIPPED)}
    assert installing
    assert [line for line in installing if line not in readme] == []


def test_what_a_command_says_is_compared() -> None:
    assert agrees("one\n...\nfour", "one\ntwo\nthree\nfour\n")
    assert not agrees("one\n...\nfour", "one\ntwo\nthree\n")
    assert not agrees("width is 500.", "width is 5000.")


def test_a_page_that_lies_is_found(address: str, tmp_path: Path) -> None:
    lies = (
        '```console\n$ drawthings generate "a fox" --size 500\n```',
        "```console\n$ drawthings --version\nsomething else\n```",
        "```console\n$ drawthings --version\nError: what does not happen\n```",
        "```python\nassert False\n```",
        "```sh\nfalse\n```",
    )
    for number, text in enumerate(lies):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises(AssertionError, match=r"page\.md, line 1"):
            Session(folder, address).play(Page("page", text + "\n"))


# ------------------------------------------------------------------------------------------------ what has to be there


def entries(text: str) -> set[str]:
    """Return what stands in headings."""
    return set(re.findall(r"^#+ `([^`]+)`$", text, re.MULTILINE))


def test_every_setting_is_documented() -> None:
    text = settings.settings()
    assert entries(text) == {field.name for field in FIELDS if field.name}
    parts = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))
    for field in FIELDS:
        if not field.name:
            assert f"`{field.fbs}`" in settings.wire()
            continue
        said = parts[field.name]
        assert len(field.doc) > 10
        assert settings.prose(field.doc) in said
        assert "- type: " in said
        assert "- default: " in said
        assert field.choices is not None or field.range_text() in said


def test_every_choice_is_documented() -> None:
    text = settings.choices()
    kinds = {field.choices for field in FIELDS if field.choices}
    assert Sampler in kinds
    assert {member.label for kind in kinds for member in kind if f"| {member.label} |" not in text} == set()


def test_every_error_is_documented() -> None:
    assert entries(faults.faults()) == {kind.__name__ for kind in faults.all_errors()}
    assert {kind.__name__ for kind in faults.all_errors()} == {
        name
        for name, kind in vars(drawthings.errors).items()
        if inspect.isclass(kind) and issubclass(kind, drawthings.errors.DrawThingsError)
    }
    assert [kind.__name__ for kind in faults.all_errors() if not inspect.getdoc(kind)] == []
    assert [kind.__name__ for kind in faults.leaves() if kind.__name__ not in faults.WAYS_OUT] == []
    assert [kind for kind in faults.WAYS_OUT if kind not in entries(faults.faults())] == []
    assert [kind.__name__ for kind in faults.all_errors() if kind.__name__ not in faults.tree()] == []


def walk(name: str, command: click.Command) -> dict[str, click.Command]:
    """Return every command by its words, straight from click."""
    found = {name: command} if name else {}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            below = command.get_command(context, each)
            if below is not None and not below.hidden:
                found |= walk(f"{name} {each}".strip(), below)
    return found


def test_every_command_and_option_is_documented() -> None:
    text, shared = commands.commands(), commands.command_options()
    known = walk("", cli)
    assert entries(text) == {f"drawthings {name}" for name in known}
    parts = dict(re.findall(r"^#+ `drawthings ([^`]+)`\n(.*?)(?=^#+ `drawthings |\Z)", text, re.MULTILINE | re.DOTALL))
    for name, command in known.items():
        assert command.help
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden and "--help" not in option.opts:
                assert option.help, (name, option.opts)
                assert max(option.opts, key=len) in parts[name] + shared, (name, option.opts)


def test_every_command_has_an_example() -> None:
    known = walk("", cli)
    lacking = [
        name
        for name, command in known.items()
        if not isinstance(command, click.Group) and "Example" not in (command.help or "")
    ]
    assert lacking == []


def test_every_variable_is_documented() -> None:
    text = variables.variables()
    assert {*ENVIRONMENT, *variables.OTHERS} == set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert (
        variables.read_by_the_code()
        - {*ENVIRONMENT, *variables.OTHERS, *variables.GUESSED_FROM, *variables.OF_THE_SHELL}
        == set()
    )
    assert {*variables.OTHERS, *variables.GUESSED_FROM, *variables.OF_THE_SHELL} - variables.read_by_the_code() == set()


def test_every_finding_is_documented() -> None:
    said = findings.provoked()
    assert set(said) == set(CODES)
    text = findings.findings()
    assert [code for code in CODES if f"\n`{code}`" not in text] == []


def test_every_recipe_is_documented() -> None:
    text = recipes.recipes()
    assert [row.name for row in recipe_rows() if f"| `{row.name}` |" not in text] == []


def test_every_public_name_is_documented() -> None:
    named = [name for names in interface.GROUPS.values() for name in names]
    assert sorted(named) == sorted(drawthings.__all__)
    for group in interface.GROUPS:
        if group != "errors":
            assert f"<!-- made: api {group} -->" in PAGES[f"reference/api/{group}"].text


@pytest.mark.parametrize("name", drawthings.__all__)
def test_a_public_name_says_what_it_is(name: str) -> None:
    value: Any = getattr(drawthings, name)
    said = inspect.getdoc(value) or ""
    assert said.split("\n\n", maxsplit=1)[0].endswith((".", ":"))
    members = vars(value) if inspect.isclass(value) else {}
    public = {key: each for key, each in members.items() if not key.startswith("_") and inspect.isfunction(each)}
    assert [key for key, each in public.items() if not inspect.getdoc(each)] == []


def test_all_that_can_be_made_is_on_a_page() -> None:
    import book

    asked = [name for page in PAGES.values() for name in book.MARK.findall(page.text)]
    assert set(asked) - set(book.MADE) == set()
    assert set(book.MADE) - set(asked) == {"api errors"}


# --------------------------------------------------------------------------------------------------------------- links


def made_anchors(page: Page) -> set[str]:
    """Return the anchors of a page, with those that the code makes."""
    import book

    text = book.MARK.sub(lambda found: book.MADE[found["name"]](), page.text)
    return set(Page(page.name, text).anchors)


def test_links_inside_the_site_lead_somewhere() -> None:
    broken = []
    for page in PAGES.values():
        for target in page.links:
            if re.match(r"https?:|mailto:", target):
                continue
            path, _, anchor = target.partition("#")
            aim = (page.path.parent / path).resolve() if path else page.path
            name = aim.relative_to(DOCS).with_suffix("").as_posix() if aim.is_relative_to(DOCS) else ""
            missing = not aim.exists() and name not in ELSEWHERE
            if missing or (anchor and anchor not in made_anchors(read_page(name))):
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {"index"}
    for page in PAGES.values():
        for block in page.blocks:
            if block.language.startswith("{toctree}"):
                folder = Path(page.name).parent
                listed |= {
                    (folder / name).as_posix()
                    for line in block.text.splitlines()
                    for name in re.findall(r"^(?:.* <)?([a-z][\w/-]*)>?$", line)
                }
    assert set(PAGES) - listed == set()
    assert {name for name in listed - set(PAGES) if name not in ELSEWHERE} == set()


def test_links_beyond_the_site_are_few_and_known() -> None:
    ours = [page for page in PAGES.values() if page.name not in ELSEWHERE]
    outside = {target for page in ours for target in page.links if re.match(r"https?:", target)}
    assert outside <= {"https://drawthings.ai/"}
