"""Every error that a person can provoke from the command line: one sentence, one way out, the right exit code."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from drawthings.cli.main import EXIT_FAILED, EXIT_UNREACHABLE, EXIT_USAGE, main
from drawthings.server.options import ServerOptions
from drawthings.server.run import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SD15 = "realdream_15sd15_q6p_q8p.ckpt"
LIGHTNING = "qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt"
PYTHON = re.compile(
    r"\w\(\)|=…|\b(None|True|False|NoneType|Traceback|Configuration|Secret|Tls|Lora|Control)\b"
    r"|drawthings\.[a-z]+\.|\w=\{|\w=\[|\b(int|str|bytes|array|dict|tuple)\b"
)
"""Words that mean something in Python and nothing on a command line."""

USAGE = r"""
generate x --model nosuch                                       | nosuch
generate x --model juggernaut                                   | juggernaut_xl_v9
generate x --lora nosuch                                        | drawthings loras list
generate x --lora LIGHTNING --model SD15                        | qwen_image
generate x --lora a.ckpt:heavy                                  | heavy
generate x --lora a.ckpt:20                                     | 20
generate x --lora-weight 0.5                                    | --lora-weight 0.5
generate x --control nosuch                                     | drawthings controls list
generate x --control controlnet_canny_sdxl_v1.0_mid_f16.ckpt --model SD15 | sdxl
generate x --hint depth                                         | depth
generate x --hint dpth=in.png                                   | Did you mean depth
generate x --hint depth=nosuch.png                              | nosuch.png
generate x --set upscaler=nosuch                                | drawthings upscalers list
generate x --set refiner_model=nosuch                           | nosuch
generate x --set seed_mode=sometimes                            | sometimes
generate x --set tiled_decoding=perhaps                         | perhaps
generate x --set shift=high                                     | high
generate x --set shift=1000                                     | or let it be changed with --fit
generate x --set loras=5                                        | loras.*5
generate x --set loras=[1]                                      | 1 is not a LoRA
generate x --set loras=a                                        | a
generate x --set prompt=y                                       | argument of its own
generate x --set negative_prompt=y                              | --negative TEXT
generate x --set image=in.png                                   | --image FILE
generate x --set guidanceScale=3                                | guidance_scale
generate x --set zzz=3                                          | drawthings config fields
generate x --set steps                                          | steps
generate x --config missing.json                                | missing.json
generate x --config bad.json                                    | line 1
generate x --config value.json                                  | many
generate x --config '{'                                         | line 1
generate x --config in.png                                      | in.png
generate x --config text.png                                    | text.png
generate x --config ~nosuchuser/x.json                          | nosuchuser
generate                                                        | no prompt
generate x --prompt-file y                                      | two prompts
generate x -p y                                                 | two prompts
generate --prompt-file nosuch                                   | nosuch
generate --prompt-file ~nosuchuser/x                            | nosuchuser
generate --prompt-file in.png                                   | in.png
generate --prompt-file folder                                   | folder
generate x --negative a --negative-file b                       | two negative
generate x --negative-file nosuch                               | nosuch
generate x --width 1000                                         | --width is 1000
generate x --width 512 --size 512                               | --size 512
generate x --size 100000                                        | --size is 100000
generate x --steps 0                                            | --steps is 0
generate x --steps many                                         | many
generate x --steps                                              | --steps
generate x --cfg -1                                             | --cfg is -1
generate x --sampler Eulerr                                     | Eulerr
generate x --seed -7                                            | --seed is -7
generate x --strength 2                                         | --strength is 2
generate x --image nosuch.png                                   | nosuch.png
generate x --image text.png                                     | text.png
generate x --image folder                                       | folder
generate x --image ~nosuchuser/x.png                            | nosuchuser
generate x -n 0                                                 | 0
generate x -n 101                                               | 101
generate x -n 5 --batch 2                                       | -n 5
generate x -n 2 --batch-count 2                                 | -n 2
generate x --batch 5                                            | --batch is 5
generate x -o x.bmp                                             | bmp
generate x -o x                                                 | suffix
generate x -o {sead}.png                                        | sead
generate x -o {seed:zz}.png                                     | zz
generate x --json --jsonl                                       | --jsonl
generate x --setp 3                                             | --setp
generate x --latent-size 7                                      | 7
generate x --image-fit squeeze                                  | squeeze
generate x --device toaster                                     | toaster
generate x --wildcards nosuch                                   | nosuch
generate x --secret-file nosuch                                 | nosuch
generate x --secret-file ~nosuchuser/x                          | nosuchuser
generate x --tls perhaps                                        | perhaps
generate x --tls-ca ~nosuchuser/x --server localhost:1          | nosuchuser
generate x --server 'a b'                                       | a b
generate x --server host:99999                                  | 99999
generate x --server ''                                          | empty
generate x --remote-port 99999                                  | 99999
generate x --server BLIND                                       | model-browser
generate x --server BLIND --model foo                           | foo
generate x --profile nowhere                                    | nowhere
generate x y z                                                  | drawthings generate "x y z"
edit in.png ''                                                  | empty
edit in.png                                                     | no prompt
edit                                                            | IMAGE
edit nosuch.png x                                               | nosuch.png
edit in.png make it winter                                      | drawthings edit in.png "make it winter"
inpaint in.png x                                                | --mask FILE
inpaint in.png x --mask in.png --box 1,2,3,4                    | two masks
inpaint in.png x --box 1,2,3                                    | 1,2,3
inpaint in.png x --box 9000,0,9001,5                            | 9000
inpaint in.png x --mask nosuch.png                              | nosuch.png
inpaint in.png x --invert                                       | --invert
outpaint in.png x                                               | --left
outpaint in.png x --left -5                                     | -5
upscale in.png --factor 3                                       | --factor is 3
upscale in.png --upscaler nosuch                                | nosuch
upscale in.png more                                             | more
upscale nosuch.png                                              | nosuch.png
upscale in.png --faces nosuch.ckpt                              | nosuch.ckpt
video x --frames 5 --seconds 2                                  | --seconds
video x --fps 0                                                 | 0
video x -o x.txt                                                | txt
video x --model SD15                                            | SD15
video x --seconds -2                                            | -2
video x -n 3                                                    | 3
grid x --x stps=1,2                                             | stps
grid x --x steps                                                | steps
grid x --x steps=a,b                                            | 'a'
inspect nosuch.png                                              | nosuch.png
inspect in.png                                                  | in.png
replay in.png                                                   | in.png
replay nosuch                                                   | nosuch
loras list --for nosuch                                         | nosuch
recipes list --family qwen_imge                                  | Did you mean qwen_image
recipes show nosuch                                             | nosuch
files check                                                     | NAMES
files upload nosuch                                             | nosuch
files upload ~nosuchuser/x                                      | nosuchuser
files upload in.png --name ../x                                 | ../x
files upload in.png text.png --name y                           | --name y
servers --seconds 0                                             | 0
servers --interface nosuch                                      | nosuch
server trust 'a b'                                              | a b
server run --port 99999                                         | 99999
server run nosuchdir                                            | nosuchdir
doctor 'a b'                                                    | a b
config show --profile nowhere                                   | nowhere
config fields nosuch                                            | nosuch
config nosuch                                                   | nosuch
completion cmd                                                  | cmd
generte x                                                       | drawthings generate
list                                                            | drawthings models list
a red fox                                                       | drawthings "a red fox"
--steps 0 fox                                                   | --steps is 0
--server embedded models list                                   | models
--server embedded modles                                        | modles
models lst                                                      | Did you mean list
DRAWTHINGS_TLS=perhaps generate x                               | perhaps
DRAWTHINGS_UPLOAD_CODEC=zip generate x                          | zip
DRAWTHINGS_PREVIEW=perhaps generate x                           | perhaps
DRAWTHINGS_SERVER=host:0 generate x                             | host:0
DRAWTHINGS_SECRET_FILE=nosuch generate x                        | nosuch
DRAWTHINGS_CONFIG=nosuch.toml generate x                        | nosuch.toml
DRAWTHINGS_CONFIG=~nosuchuser/x generate x                      | nosuchuser
DRAWTHINGS_CONFIG=text.png generate x                           | text.png
DRAWTHINGS_CONFIG=keys.toml generate x                          | servr
"""
"""A command line, and words of what is told: as they stand, except that ``.*`` is anything."""

FAILED = r"""
generate x --server SECRET                                      | wants a shared secret
generate x -o text.png/x.png                                    | text.png
video x -o text.png/x.mp4                                       | text.png
video x -o ~nosuchuser/x.mp4                                    | nosuchuser
"""

UNREACHABLE = r"""
generate x --server 127.0.0.1:1                                 | 127.0.0.1, port 1
generate x --server no-such-host.invalid                        | no-such-host.invalid
generate x --server WITHTLS                                     | answers without TLS
models list --server 127.0.0.1:1                                | 127.0.0.1, port 1
server status 127.0.0.1:1                                       | 127.0.0.1, port 1
server trust 127.0.0.1:1                                        | 127.0.0.1, port 1
"""


def rows(table: str) -> list[tuple[str, str]]:
    """Return the command lines of a table, and the words that are told."""
    pairs = [line.rsplit("|", 1) for line in table.strip().splitlines()]
    return [(command.strip(), words.strip()) for command, words in pairs]


@pytest.fixture(scope="module")
def servers(plain_server: EmbeddedServer) -> Iterator[dict[str, str]]:
    """The servers that the tables name."""
    secret = ServerOptions(tls=False, model_browser=True, shared_secret="hush")  # noqa: S106 - a test's secret
    with EmbeddedServer(ServerOptions(tls=False)) as blind, EmbeddedServer(secret) as locked:
        yield {
            "BLIND": f"grpc://{blind.address}",
            "SECRET": f"grpc://{locked.address}",
            "WITHTLS": f"grpcs://{plain_server.address}",
            "SD15": SD15,
            "LIGHTNING": LIGHTNING,
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the tables name; nothing is ever added to them."""
    made = tmp_path_factory.mktemp("errors")
    Image.new("RGB", (300, 200), "green").save(made / "in.png")
    (made / "folder").mkdir()
    (made / "text.png").write_text("this is no picture")
    (made / "bad.json").write_text('{"steps": }')
    (made / "value.json").write_text('{"steps": "many"}')
    (made / "keys.toml").write_text('servr = "x"')
    return made


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> Iterator[None]:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DRAWTHINGS_SERVER", address)
    before = sorted(folder.iterdir())
    yield
    assert sorted(folder.iterdir()) == before


def check(command: str, words: str, code: int, servers: dict[str, str], told: pytest.CaptureFixture[str]) -> None:
    """Run a command line that must fail, and look at every word of it."""
    arguments = [servers.get(word, word) for word in shlex.split(command)]
    assert main(arguments) == code
    out, err = told.readouterr()
    assert out == "" or "--jsonl" in arguments
    lines = [line for line in err.splitlines() if line.startswith(("Error: ", "Hint: "))]
    assert err.splitlines()[-2:] == lines, "one error and one hint, at the end"
    error, hint = lines
    assert re.fullmatch(r"Error: .{8,}[.?!]", error)
    assert re.fullmatch(r"Hint: .{6,}[^,:;]", hint)
    assert not PYTHON.search(error + hint), PYTHON.search(error + hint)
    pattern = re.escape(servers.get(words, words)).replace(re.escape(".*"), ".*")
    assert re.search(pattern, f"{error} {hint}")


@pytest.fixture
def _nothing_sent(plain_server: EmbeddedServer) -> Iterator[None]:
    before = plain_server.asked
    yield
    assert plain_server.asked == before


@pytest.mark.usefixtures("_nothing_sent")
@pytest.mark.parametrize(("command", "words"), rows(USAGE))
def test_wrong_use(
    command: str,
    words: str,
    servers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    variable = re.match(r"([A-Z_]+)=(\S*) ", command)
    if variable:
        monkeypatch.setenv(variable[1], variable[2])
        command = command[variable.end() :]
    check(command, words, EXIT_USAGE, servers, capsys)


@pytest.mark.parametrize(("command", "words"), rows(FAILED))
def test_what_fails(command: str, words: str, servers: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    check(command, words, EXIT_FAILED, servers, capsys)


@pytest.mark.parametrize(("command", "words"), rows(UNREACHABLE))
def test_who_is_not_there(
    command: str, words: str, servers: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    check(command, words, EXIT_UNREACHABLE, servers, capsys)


def test_the_tables_are_read() -> None:
    assert len(rows(USAGE)) > 120
    assert all(words for table in (USAGE, FAILED, UNREACHABLE) for _, words in rows(table))
