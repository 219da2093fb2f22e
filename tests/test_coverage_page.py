"""The page of what is covered: it lists all of the protocol and nothing else, and all that it names is there."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click

from drawthings import AsyncDrawThings, Configuration, DrawThings
from drawthings._generated import imageService_pb2 as pb
from drawthings._generated.settings import Settings
from drawthings.catalogue.specification import HINT_TYPES as ACCEPTED
from drawthings.cli.main import COMMANDS, cli
from drawthings.request import wishes
from drawthings.request.choices import Choice
from drawthings.request.fields import SETTINGS
from drawthings.request.hints import HINT_TYPES

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PAGE = ROOT / "docs" / "coverage.md"
SCHEMA = ROOT / "schema" / "config.fbs"
NOTHING = "—"
COLUMNS = {"on the wire", "Python", "command line", "meaning", "test"}
HOMES = (
    *("drawthings", "drawthings.stream.events", "drawthings.request.choices", "drawthings.client.limits"),
    *("drawthings.client.upload", "drawthings.wire.parcel"),
)
"""Where classes are looked for."""
NOT_OFFERED = {
    *("ImageGenerationRequest.scaleFactor", "ImageGenerationRequest.override", "ImageGenerationRequest.contents"),
    *("ImageGenerationRequest.chunked", "EchoRequest.name", "PubkeyRequest.name", "PubkeyResponse.message"),
    *("FileChunk.content", "FileChunk.filename", "EchoReply.thresholds", "RemoteDownloadResponse.tag"),
    *("ImageGenerationResponse.scaleFactor", "ImageGenerationResponse.tags"),
    *("UploadResponse.chunkUploadSuccess", "UploadResponse.message", "UploadResponse.filename"),
    *("GenerationConfiguration.decode_with_attention", "GenerationConfiguration.hires_fix_decode_with_attention"),
}
"""What has no name in Python; a new field does not come in here unnoticed."""

Row = Mapping[str, str]


@cache
def rows() -> tuple[Row, ...]:
    """The rows of all tables of the page, by the names of their columns."""
    found: list[Row] = []
    head: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not head:
            head = cells
            assert set(head) >= COLUMNS, head
        elif set(line) - set("|-"):
            found.append(dict(zip(head, cells, strict=True)))
    return tuple(found)


def names(cell: str) -> list[str]:
    """What stands in a cell as code."""
    return re.findall(r"`([^`]+)`", cell)


def wire(row: Row) -> str:
    (name,) = names(row["on the wire"])
    return name


def faults(check: Callable[[Row], str]) -> list[str]:
    """What a check has to say about rows, each with the name of its row."""
    return [f"{wire(row)}: {fault}" for row in rows() if (fault := check(row))]


# ------------------------------------------------------------------------------------------------ what there is


def messages() -> Iterator[Any]:
    waiting = list(pb.DESCRIPTOR.message_types_by_name.values())
    while waiting:
        message = waiting.pop()
        waiting += message.nested_types
        yield message


def protocol() -> set[str]:
    """All calls, fields and values of the protocol."""
    found = {method.name for service in pb.DESCRIPTOR.services_by_name.values() for method in service.methods}
    found |= {field.full_name for message in messages() for field in message.fields}
    enums = [*pb.DESCRIPTOR.enum_types_by_name.values(), *(each for one in messages() for each in one.enum_types)]
    return found | {f"{enum.name}.{value.name}" for enum in enums for value in enum.values}


def schema() -> dict[str, int]:
    """All fields and values of the configuration with their numbers, read from the text of the schema."""
    text = re.sub(r"//.*", "", SCHEMA.read_text(encoding="utf-8"))
    found = {}
    for kind, name, body in re.findall(r"(table|enum) (\w+)[^{]*\{(.*?)\}", text, re.DOTALL):
        parts = body.split(";") if kind == "table" else body.split(",")
        for number, part in enumerate(part for part in parts if part.strip()):
            found[f"{name}.{part.split(':')[0].strip()}"] = number
    return found


def test_the_page_has_all_of_the_protocol_once_and_nothing_else() -> None:
    there = protocol() | set(schema()) | {f"ControlHintType.{kind}" for kind in HINT_TYPES}
    listed = [wire(row) for row in rows()]
    assert sorted(there - set(listed)) == []
    assert sorted(set(listed) - there) == []
    assert len(listed) == len(set(listed))
    assert set(ACCEPTED) == set(HINT_TYPES)


def test_the_reading_of_the_schemas_finds_what_is_known_to_be_there() -> None:
    assert {"Echo", "ImageGenerationSignpostProto.Sampling.step", "ChunkState.MORE_CHUNKS"} <= protocol()
    assert schema()["GenerationConfiguration.expand_prompt_to_json"] == 87
    assert (schema()["Control.input_override"], schema()["LoRA.mode"], schema()["SamplerType.TCDTrailing"]) == (
        9,
        2,
        19,
    )


def test_slots_and_numbers_are_right() -> None:
    def check(row: Row) -> str:
        number = row.get("slot", row.get("number"))
        if number is None:
            return ""
        if int(number) != schema()[wire(row)]:
            return f"is {schema()[wire(row)]}, not {number}"
        if "slot" in row:
            return ""
        (value,) = [resolve(name) for name in names(row["Python"])]
        told = value.label or "what the control itself is made for" if isinstance(value, Choice) else None
        return "" if value == int(number) and told == row["meaning"] else f"{value!r} is another"

    assert faults(check) == []


# ------------------------------------------------------------------------------------------------ names in Python


def resolve(name: str) -> object:
    """Return what a name of the column Python stands for; None when it stands for nothing."""
    called = re.fullmatch(r"(\w+)\((\w+)?=?\)", name)
    if called:
        return method(called[1], called[2])
    if name in SETTINGS:
        return name if name in Settings.__annotations__ and hasattr(Configuration, name) else None
    owner, _, attribute = name.partition(".")
    kind = find_class(owner)
    if not attribute or kind is None:
        return kind
    own = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    return getattr(kind, attribute, attribute if attribute in own else None)


def find_class(name: str) -> Any:
    found = (getattr(importlib.import_module(home), name, None) for home in HOMES)
    return next((kind for kind in found if inspect.isclass(kind)), None)


def method(owner: str, argument: str | None) -> object:
    """Return a class, or a method that both clients have, if it takes such an argument."""
    clients = [getattr(kind, owner, None) for kind in (DrawThings, AsyncDrawThings)]
    callables = [find_class(owner)] if owner[0].isupper() else clients
    if any(called is None or argument not in {None, *arguments(called)} for called in callables):
        return None
    return callables[0]


def arguments(called: Any) -> Iterator[str]:
    for parameter in inspect.signature(called).parameters.values():
        yield parameter.name
        unpacked = re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation))
        if unpacked:
            yield from getattr(wishes, unpacked[1]).__annotations__


def test_the_names_in_python_are_there() -> None:
    def check(row: Row) -> str:
        given = names(row["Python"])
        if bool(given) == (row["Python"] == NOTHING) or (wire(row) in NOT_OFFERED) != (row["Python"] == NOTHING):
            return "has a name or a dash where it should not"
        return ", ".join(name for name in given if resolve(name) is None)

    assert faults(check) == []
    assert all(len(row["meaning"]) > 2 for row in rows())


# ------------------------------------------------------------------------------------------------ the command line


@cache
def commands() -> Mapping[str, click.Command]:
    """All commands by their words."""
    found: dict[str, click.Command] = {}
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found[f"drawthings {name}"] = command
        if isinstance(command, click.Group):
            found |= {f"drawthings {name} {below}": one for below, one in command.commands.items()}
    return found


@cache
def options() -> frozenset[str]:
    every = [parameter for command in commands().values() for parameter in command.params]
    return frozenset(option for parameter in every for option in parameter.opts)


def test_the_names_on_the_command_line_are_there() -> None:
    def known(name: str) -> bool:
        words = re.fullmatch(r"(--[a-z-]+)(?: (\w+)=)?", name)
        if words is None:
            return name in commands()
        option, what = words.groups()
        return option in options() and what in {None, *{"--set": SETTINGS, "--hint": HINT_TYPES}.get(option, ())}

    def check(row: Row) -> str:
        given = names(row["command line"])
        if bool(given) == (row["command line"] == NOTHING):
            return "has neither a name nor a dash"
        return ", ".join(name for name in given if not known(name))

    assert faults(check) == []


# ------------------------------------------------------------------------------------------------ the tests


@cache
def definitions(path: Path) -> tuple[str, dict[str, ast.stmt]]:
    """The source of a module, and what it defines at its top."""
    source = path.read_text(encoding="utf-8")
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return source, found


@cache
def text_of(path: Path, function: str) -> str:
    """The source of a test, with the fixtures, tables and functions of its module that it uses."""
    source, known = definitions(path)
    waiting, seen = [function], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        for node in ast.walk(known[name]):
            waiting += [node.id] if isinstance(node, ast.Name) else [node.arg] if isinstance(node, ast.arg) else []
    decorated = [(one, getattr(known[one], "decorator_list", [])) for one in seen]
    marks = [ast.get_source_segment(source, mark) or "" for _, decorators in decorated for mark in decorators]
    return "\n".join([*marks, *(ast.get_source_segment(source, known[one]) or "" for one in sorted(seen))])


def spoken(row: Row) -> set[str]:
    """The words of which a test of a row has one at least."""
    owner, _, field = wire(row).rpartition(".")
    words = {field, *(name.rpartition(".")[2] for name in names(row["Python"]) if "(" not in name)}
    words |= set(re.findall(r"\((\w+)=\)", row["Python"])) | set(re.findall(r"(\w+)\(\)", row["Python"]))
    words |= {name.split()[-1] for name in names(row["command line"]) if name.startswith("drawthings")}
    # The values of a list are sent one by one by what goes through the whole list.
    return words | ({owner} if "number" in row else set())


def test_the_tests_are_there_and_speak_of_it() -> None:
    def check(row: Row) -> str:
        return ", ".join(f"{name} {fault}" for name in names(row["test"]) if (fault := fault_of(name, row)))

    assert all(names(row["test"]) for row in rows())
    assert faults(check) == []


def fault_of(name: str, row: Row) -> str:
    file, _, function = name.partition("::")
    path = TESTS / file
    if not path.is_file() or not function.startswith("test_") or function not in definitions(path)[1]:
        return "is not there"
    text = text_of(path, function)
    heard = any(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) for word in spoken(row))
    return "" if heard else f"speaks of none of {sorted(spoken(row))}"
