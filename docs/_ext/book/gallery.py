"""Pictures of the pages: made while the documentation is built, by the very commands that the pages show."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import drawthings
from book.page import DOCS, all_pages, read_page
from book.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx

    from book.page import Page

CACHE = DOCS / "_build" / "pictures"
LONGEST_PX = 1024
LOG = logging.getLogger(__name__)


class Made(SphinxDirective):
    """Shows pictures and clips that the commands of the page have made: ``{made} fox.png``, with a caption inside."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Callable[[str], str]]] = {"alt": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the pictures side by side, with the caption below."""
        folder = folder_of(read_page(self.env.docname))
        caption = " ".join(self.content)
        strip = nodes.container(classes=["strip"])
        for name in self.arguments[0].split():
            strip += self._shown(folder / f"{name}.webp" if Path(name).suffix != ".mp4" else folder / name, caption)
        figure = nodes.container(classes=["made"])
        figure += strip
        if caption:
            said = nodes.paragraph(classes=["caption"])
            said += self.parse_inline(caption)[0]
            figure += said
        return [figure]

    def _shown(self, path: Path, caption: str) -> nodes.Node:
        alt = self.options.get("alt", caption)
        if path.suffix == ".mp4":
            name = f"{folder_name(path)}-{path.name}"
            self.env.book_clips = {**getattr(self.env, "book_clips", {}), name: str(path)}  # type: ignore[attr-defined]
            up = "../" * self.env.docname.count("/")
            source = f"{up}_static/made/{name}"
            text = f'<video controls loop muted playsinline src="{source}" aria-label="{alt}"></video>'
            return nodes.raw("", text, format="html")
        uri = "/" + path.relative_to(DOCS).as_posix()
        return nodes.image(uri=uri, alt=alt)


def folder_name(path: Path) -> str:
    """Return the name of the folder of a file, which is the digest of what made it."""
    return path.parent.name


def make_pictures(app: Sphinx) -> None:  # noqa: ARG001 - Sphinx's signature
    """Run the pages whose pictures are not there yet, and forget those that no page shows any more."""
    pages = [page for page in all_pages() if page.pictures]
    for old in set(CACHE.glob("*")) - {folder_of(page) for page in pages}:
        shutil.rmtree(old)
    wanted = [page for page in pages if not folder_of(page).exists()]
    if not wanted:
        return
    from drawthings import EmbeddedServer, ServerOptions

    with EmbeddedServer(ServerOptions(tls=False, model_browser=True)) as server:
        for page in wanted:
            LOG.info("making the pictures of %s", page.name)
            with tempfile.TemporaryDirectory() as folder:
                Session(Path(folder), f"grpc://{server.address}").play(page, wanted=page.pictures)
                _keep(page, Path(folder))


def put_clips(app: Sphinx, error: Exception | None) -> None:
    """Copy the clips beside the pages; Sphinx itself knows pictures only."""
    clips = getattr(app.env, "book_clips", {})
    if error is None and clips:
        target = Path(app.outdir) / "_static" / "made"
        target.mkdir(parents=True, exist_ok=True)
        for name, path in clips.items():
            if Path(path).exists():  # those of builds before this one are remembered too
                shutil.copyfile(path, target / name)


def folder_of(page: Page) -> Path:
    """Return where the pictures of a page are kept: by what the page runs and by the code that runs it."""
    digest = hashlib.sha256(_code_digest())
    for block in page.runnable:
        digest.update(f"{block.language}\0{block.text}\0".encode())
    digest.update("\0".join(page.pictures).encode())
    return CACHE / digest.hexdigest()[:16]


@cache
def _code_digest() -> bytes:
    digest = hashlib.sha256()
    package = Path(drawthings.__file__).parent
    # What decides what is painted; how it is asked for and written down is tested, and changes no picture.
    folders = (*(package / room for room in ("server", "request", "catalogue")), Path(__file__).parent)
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".json"}):
        digest.update(path.read_bytes())
    return digest.digest()


def _keep(page: Page, made: Path) -> None:
    """Put the pictures that the page shows into the cache, small enough for a page."""
    from PIL import Image

    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for name in page.pictures:
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".mp4"):
                shutil.copyfile(made / name, Path(folder) / name)
                continue
            with Image.open(made / name) as picture:
                picture.thumbnail((LONGEST_PX, LONGEST_PX))
                picture.save(Path(folder) / f"{name}.webp", quality=88, method=4)
        shutil.copytree(folder, folder_of(page), dirs_exist_ok=True)
