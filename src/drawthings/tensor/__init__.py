"""Tensor bytes: header, compression, pixels, previews; no files and no network.

Files: ``header.py`` (the 68 bytes before the numbers), ``codec.py`` (whole blobs both ways, and the list of
compressions), ``raw.py``, ``deflate.py`` and ``fpzip.py`` (one compression each), ``pixels.py`` (pictures),
``preview.py`` with ``preview_matrices.json`` (latents as small pictures). Behind fpzip stands ``core.py``: the native
core, compiled from ``native/``; with it ``levels.py`` makes pictures without numpy. Where there is none, the fpzip
library does it: ``geometry.py`` (what a stream says of itself), ``native.py`` (the library) and ``worker.py`` (the
processes that decode, because a broken stream can crash the library).
"""
