"""Which commands there are, and the words of the help that names them all. Imports nothing, so that it is quick."""

from __future__ import annotations

COMMANDS = {
    "generate": ("drawthings.cli.generate:generate", "Make pictures from a prompt."),
    "edit": ("drawthings.cli.edit:edit", "Change a picture by an instruction."),
    "inpaint": ("drawthings.cli.inpaint:inpaint", "Repaint a part of a picture."),
    "outpaint": ("drawthings.cli.outpaint:outpaint", "Paint what lies beyond a picture's edges."),
    "upscale": ("drawthings.cli.upscale:upscale", "Enlarge a picture."),
    "video": ("drawthings.cli.video:video", "Make a clip from a prompt."),
    "grid": ("drawthings.cli.grid:grid", "Compare settings side by side."),
    "batch": ("drawthings.cli.batch:batch", "Do many jobs, on several servers."),
    "replay": ("drawthings.cli.replay:replay", "Make a picture again from its file."),
    "inspect": ("drawthings.cli.inspection:inspect", "Show how a picture was made."),
    "check": ("drawthings.cli.check:check", "Tell what would go wrong with a request."),
    "recipes": ("drawthings.cli.recipes:recipes", "Recommended settings for every model family."),
    "models": ("drawthings.cli.models:models", "The models of a server."),
    "loras": ("drawthings.cli.models:loras", "Its LoRAs."),
    "controls": ("drawthings.cli.models:controls", "Its control nets and adapters."),
    "upscalers": ("drawthings.cli.models:upscalers", "Its upscalers."),
    "embeddings": ("drawthings.cli.models:embeddings", "Its textual inversions."),
    "files": ("drawthings.cli.files:files", "Look for files on a server, and put files there."),
    "serve": ("drawthings.cli.serve:serve", "Serve a page and HTTP APIs (OpenAI, A1111)."),
    "mcp": ("drawthings.cli.mcp:mcp", "Serve tools for agents."),
    "servers": ("drawthings.cli.servers:servers", "Find the servers in the local network."),
    "server": ("drawthings.cli.server:server", "Look at a server, trust it, or run the embedded one."),
    "doctor": ("drawthings.cli.doctor:doctor", "Find out why a server does not work."),
    "config": ("drawthings.cli.config:config", "The settings of pictures and of the connection."),
    "completion": ("drawthings.cli.completion:completion", "Let the shell complete commands and names."),
    "version": ("drawthings.cli.version:version", "Tell the version, and what this runs on."),
}
"""Name, where the command is, and its line in the help: nothing is imported before it is called."""

SECTIONS = {
    "Make": ("generate", "edit", "inpaint", "outpaint", "upscale", "video", "grid", "batch", "replay"),
    "Know": ("inspect", "check", "recipes"),
    "On the server": ("models", "loras", "controls", "upscalers", "embeddings", "files"),
    "For others": ("serve", "mcp"),
    "The way there": ("servers", "server", "doctor"),
    "Here": ("config", "completion", "version"),
}
"""The headings of the help, and what stands below each."""

DEFAULT = "generate"
"""What bare words are taken for."""

USAGE = "PROMPT|COMMAND [OPTIONS]"

HELP = """\
Pictures from a Draw Things server: the app, gRPCServerCLI, or the embedded
one that needs no GPU. Words that are no command are a prompt.

\b
Examples:
  drawthings "a red fox in the snow" --server embedded
  drawthings edit photo.jpg "make it winter" -o winter.png
  drawthings models list --server mac.local
"""
"""The help, lines broken so that they fit 80 columns; the control character tells click to leave a paragraph alone."""

EPILOG = "drawthings COMMAND -h shows the options of a command, with examples."

OPTIONS = (("--version", "Tell the version."), ("-h, --help", "Show this message and exit."))

MEANT = {
    "help": "--help",
    "list": "models list",
    "ls": "models list",
    "model": "models list",
    "presets": "recipes list",
    "gateway": "serve",
    "web": "serve",
    "run": "server run",
    "status": "server status",
    "trust": "server trust",
    "auth": "server trust",
    "upload": "files upload",
    "settings": "config fields",
    "fields": "config fields",
    "animate": "video",
    "img2img": "edit",
    "txt2img": "generate",
}
"""Words that other programs have for something here."""


def rows(section: str) -> list[tuple[str, str]]:
    """Return names and texts of a section, the names as wide as the widest of all."""
    width = max(map(len, COMMANDS))
    return [(name.ljust(width), COMMANDS[name][1]) for name in SECTIONS[section]]
