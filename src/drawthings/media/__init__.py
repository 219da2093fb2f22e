"""Pictures out: file formats, metadata, names that never overwrite.

- ``image.py``: pixels as the bytes of a PNG, JPEG or WebP file; ``png.py`` is our own PNG writer.
- ``metadata.py``: how a picture was made, written and read in the app's form; ``record.py`` knows the app's keys and
  words, ``spelling.py`` its JSON, ``xmp.py`` the packet inside the file.
- ``recollection.py``: how anything was made, read from files and texts of every kind: ``container.py``, ``exif.py`` and
  ``boxes.py`` find the words in a file, ``document.py`` reads the app's JSON, ``infotext.py`` and ``infowords.py`` the
  texts of web interfaces.
- ``naming.py``: free names, name patterns, and writing a file whole or not at all.
"""
