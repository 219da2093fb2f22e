"""What a server has: models, LoRAs, control nets, upscalers, embeddings; no I/O.

- ``families.py``: what is known of every model family.
- ``schedule.py``: the arithmetic of shift and strength.
- ``record.py``: a read-only JSON object, which is what a specification is.
- ``entries.py``: one file on the server each; reads the lists that the server sends.
- ``specification.py``: what the server would drop from such a list.
- ``guess.py`` and ``known.json``: what a file name tells when the server does not.
- ``lookup.py``: from the name a person types to an entry, with "did you mean".
- ``preference.py``: which model is taken when none is named.
- ``catalogue.py``: all of it together.
- ``latent.py``: sizes in the words of the original client.
"""
