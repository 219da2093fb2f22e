"""Requests of people who mean harm, and of programs that do harm without meaning it: one row each."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

JSON = {"content-type": "application/json"}
SMALL: dict[str, Any] = {"model": "sd_v1.5_f16.ckpt", "prompt": "a fox", "width": 128, "height": 128, "steps": 1}


@dataclass(frozen=True)
class Row:
    """One request and the statuses that are right for it."""

    name: str
    status: int | tuple[int, ...]
    method: str = "POST"
    path: str = "/api/jobs"
    body: bytes | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that says it is that large, and packs into next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes((width + 1) * min(height, 2000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def gif_of(width: int, height: int) -> bytes:
    """Return a GIF whose screen is small and whose frame is that large."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(6)
    return screen + b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00\x3b"


def file_of(kind: str, size: tuple[int, int] = (64, 64)) -> bytes:
    """Return a small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


def text(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode()


def job(**more: Any) -> bytes:
    """Return the body of a job."""
    return json.dumps({**SMALL, **more}).encode()


def form(name: str, data: bytes, boundary: str = "b") -> bytes:
    """Return a form with one file."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="../../x"\r\n\r\n'.encode()
    return head + data + f"\r\n--{boundary}--\r\n".encode()


def edit(image: str, **more: Any) -> bytes:
    """Return the body of an edit."""
    return job(verb="edit", image=image, **more)


MULTIPART = {"content-type": "multipart/form-data; boundary=b"}
DEEP = b"[" * 200_000 + b"]" * 200_000
LARGE_PNG, HUGE_PNG = text(png_of(9000, 9000)), text(png_of(100_000, 4))

PICTURES = (
    Row("a PNG of 81 megapixels", 400, body=edit(LARGE_PNG), headers=JSON),
    Row("a PNG of one long side", 400, body=edit(HUGE_PNG), headers=JSON),
    Row("a PNG of 4 gigapixels", 400, body=edit(text(png_of(65535, 65535))), headers=JSON),
    Row("a GIF with a huge frame", 400, body=edit(text(gif_of(65535, 65535))), headers=JSON),
    Row("a picture of no pixels", 400, body=edit(text(png_of(0, 0))), headers=JSON),
    Row("a PNG that is cut off", 400, body=edit(text(file_of("PNG")[:60])), headers=JSON),
    Row("a JPEG that is cut off", 400, body=edit(text(file_of("JPEG")[:40])), headers=JSON),
    Row("an SVG", 400, body=edit(text(b"<svg xmlns='http://www.w3.org/2000/svg'/>")), headers=JSON),
    Row("a TIFF", 400, body=edit(text(file_of("TIFF"))), headers=JSON),
    Row("a BMP", 400, body=edit(text(file_of("BMP"))), headers=JSON),
    Row("a program", 400, body=edit(text(b"\x7fELF" + bytes(100))), headers=JSON),
    Row("an empty picture", 400, body=edit(""), headers=JSON),
    Row("no base64", 400, body=edit("%%%%"), headers=JSON),
    Row("a path", 400, body=edit("/etc/passwd"), headers=JSON),
    Row("a path that climbs", 400, body=edit("../../../etc/passwd"), headers=JSON),
    Row("a file address", 400, body=edit("file:///etc/passwd"), headers=JSON),
    Row("an address inside", 400, body=edit("http://169.254.169.254/latest/meta-data"), headers=JSON),
    Row("an address on the loopback", 400, body=edit("http://127.0.0.1:22/"), headers=JSON),
    Row("an address with another scheme", 400, body=edit("gopher://127.0.0.1:6379/_INFO"), headers=JSON),
    Row("a data address without base64", 400, body=edit("data:image/png,hello"), headers=JSON),
    Row("somebody else's result", 404, body=edit("result:AAAAAAAAAAAAAAAAAAAAAA"), headers=JSON),
    Row("a result that climbs", 404, body=edit("result:../gallery.sqlite3"), headers=JSON),
    Row("a picture that is a number", 400, body=edit(5), headers=JSON),  # type: ignore[arg-type]
    Row("too many references", 400, body=edit(text(file_of("PNG")), references=["x"] * 17), headers=JSON),
    Row("a path among the settings", 400, body=job(settings={"image": "/etc/passwd"}), headers=JSON),
    Row("a path on an axis", 400, body=job(grid={"x": ["image", ["/etc/passwd"]]}), headers=JSON),
    Row("a model that climbs", (400, 404), body=job(model="../../etc/passwd"), headers=JSON),
    Row(
        "an address for OpenAI's edits",
        400,
        path="/v1/images/edits",
        body=json.dumps({"prompt": "x", "image": "http://127.0.0.1/x.png"}),
        headers=JSON,
    ),
    Row(
        "an address for the web interface",
        422,
        path="/sdapi/v1/img2img",
        body=json.dumps({"init_images": ["http://127.0.0.1/x.png"]}),
        headers=JSON,
    ),
)

VALUES = (
    Row("a canvas of 10^9", 400, body=job(width=10**9), headers=JSON),
    Row("a canvas of 8192 each way", 400, body=job(width=8192, height=8192), headers=JSON),
    Row("a negative canvas", 400, body=job(width=-64), headers=JSON),
    Row("steps without end", 400, body=job(steps=10**30), headers=JSON),
    Row("a number that is none", 400, body=b'{"steps": NaN}', headers=JSON),
    Row("a number with 10,000 digits", 400, body=b'{"seed": ' + b"9" * 10_000 + b"}", headers=JSON),
    Row("a thousand pictures", 400, body=job(count=1000), headers=JSON),
    Row("a batch of 100", 400, body=job(settings={"batch_count": 100}), headers=JSON),
    Row("a grid of 10,000", 400, body=job(grid={"x": ["seed", list(range(10_000))]}), headers=JSON),
    Row("a prompt that is a list", 400, body=job(prompt=["a"]), headers=JSON),
    Row("half a character", 400, body=b'{"prompt": "\\ud800"}', headers=JSON),
    Row("a setting that is unknown", 400, body=job(settings={"__class__": 1}), headers=JSON),
    Row("a key that is unknown", 400, body=job(__proto__={}), headers=JSON),
    Row("a verb that is unknown", 400, body=job(verb="rm -rf"), headers=JSON),
    Row("a body that is a list", 400, body=b"[]", headers=JSON),
    Row("a body that is deep", 400, body=DEEP, headers=JSON),
    Row("a body that is no JSON", 400, body=b"{", headers=JSON),
    Row("a body that is no UTF-8", 400, body=b'{"prompt": "\xff"}', headers=JSON),
    Row("no body", 415, body=b"", headers={"content-type": "text/html"}),
    Row("a limit that is no number", 400, "GET", "/api/pictures?limit=-1"),
    Row("a query for the database", 200, "GET", "/api/pictures?query=%27%20OR%201%3D1%20--"),
)

ROADS = (
    Row("a page's plain text", 415, body=job(), headers={"content-type": "text/plain"}),
    Row("another page's request", 403, body=job(), headers={**JSON, "origin": "https://evil.example"}),
    Row("a page without origin", 403, body=job(), headers={**JSON, "origin": "null"}),
    Row("another page's deletion", 403, "DELETE", "/api/jobs/x", headers={"origin": "https://evil.example"}),
    Row("a name that was turned here", 421, "GET", "/api/state", headers={"host": "evil.example"}),
    Row("a name with a port", 421, "GET", "/api/state", headers={"host": "evil.example:7860"}),
    Row("a question before", 204, "OPTIONS", "/v1/images/generations", headers={"origin": "https://evil.example"}),
    Row("a path that climbs", 404, "GET", "/playground/../../../../etc/passwd"),
    Row("a path that climbs in disguise", 404, "GET", "/playground/%2e%2e/%2e%2e/etc/passwd"),
    Row("a file that climbs", 404, "GET", "/v1/files/images/..%2f..%2fgallery.sqlite3.png"),
    Row("a file with a zero byte", 404, "GET", "/v1/files/images/a%00b.png"),
    Row("a job that is unknown", 404, "GET", "/api/jobs/AAAAAAAAAAAAAAAAAAAAAA"),
    Row("a job to end that is unknown", 404, "DELETE", "/api/jobs/1"),
    Row("a picture that is unknown", 404, "DELETE", "/api/pictures/1"),
    Row("a thumbnail that is unknown", 404, "GET", "/api/pictures/1/thumbnail"),
    Row("nothing", 404, "GET", "/wp-admin/setup.php"),
    Row("a method that is wrong", 405, "PUT", "/api/jobs", body=job(), headers=JSON),
    Row("a method that is unknown", (404, 405), "PROPFIND", "/api/jobs"),
    Row("a body that is said to be huge", 413, body=b"{}", headers={**JSON, "content-length": str(10**12)}),
    Row("headers without end", (400, 431), "GET", "/api/state", headers={"x-junk": "a" * 100_000}),
    Row("junk for a key", 200, "GET", "/api/state", headers={"authorization": "Basic dW5kZWZpbmVk"}),
    Row("no base64 for a key", 200, "GET", "/api/state", headers={"authorization": "Basic %%%"}),
    Row("a cookie that is junk", 200, "GET", "/api/state", headers={"cookie": "=;;=drawthings_session"}),
    Row(
        "a form without boundary", 400, path="/api/inspect", body=b"x", headers={"content-type": "multipart/form-data"}
    ),
    Row("a form that breaks off", 400, path="/api/inspect", body=form("file", b"x")[:40], headers=MULTIPART),
    Row("a form with 2000 fields", 413, path="/api/inspect", body=b"", headers=MULTIPART),
    Row("a file that is no picture", 400, path="/api/inspect", body=form("file", bytes(5000)), headers=MULTIPART),
    Row("a file of another name", 400, path="/api/inspect", body=form("evil", b"x"), headers=MULTIPART),
)

ROWS = (*PICTURES, *VALUES, *ROADS)


def fields(count: int) -> bytes:
    """Return a form with many fields."""
    part = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n'
    return (part * count + "--b--\r\n").encode()
