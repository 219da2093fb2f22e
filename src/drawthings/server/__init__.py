"""The embedded server: the whole protocol, without a GPU.

It answers every call of the official server, its awkward sides included, and paints what is asked for with a small
deterministic program (``painter/``). It serves examples, demonstrations, and the tests of every client.

Files, in the order in which a call meets them:

- ``run.py`` starts and stops it, ``fleet.py`` several at once; ``options.py`` says how it behaves, ``certificate.py``
  makes its certificate and ``pool.py`` its threads.
- ``service.py`` answers the six calls; ``refusal.py`` is how a call ends badly.
- ``memory.py`` is what it knows for tests: ``record.py`` keeps what was asked, ``counts.py`` counts, ``faults.py`` lets
  tests break answers. ``pace.py`` takes time and goes wrong by itself, ``sockets.py`` breaks connections as crashes do.
- ``store.py`` and ``folder.py`` are the models folder, ``names.py`` the names allowed in it, ``upload.py`` the way in.
- ``zoo.py`` and ``zoo.json`` are what it knows of models, ``specification.py`` what the official server would take in.
- ``reading.py`` reads a request with the help of ``limits.py`` (settings), ``additions.py`` (LoRAs, controls …),
  ``blobs.py`` (tensors), ``inputs.py`` (image, mask) and ``hints.py``; ``judge.py`` is strict or faithful about it.
- ``course.py`` works out what is going to happen, ``schedule.py`` where in the schedule it starts.
- ``line.py`` lets generations wait for each other, ``generation.py`` runs one, ``commission.py`` tells the
  painter what to paint, ``easel.py`` holds the pictures, ``signposts.py`` and ``results.py`` make the messages.
"""

import os

# gRPC's own log lines are not for the users of this package; this must be set before gRPC is imported.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
