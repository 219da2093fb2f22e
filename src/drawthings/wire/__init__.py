"""The connection: the one room on the client's side that speaks gRPC.

- ``address.py``: text that names a server, and whether it is a private one.
- ``certificate.py``: what a certificate says: names, dates, fingerprint.
- ``probe.py``: looks at a server before the first call: is it there, TLS or not, which certificate.
- ``known.py``: the file of servers seen before.
- ``tls.py``: what to trust; the answer is what gRPC needs to connect.
- ``channel.py``: opens the gRPC channel.
- ``calls.py``: one question and its answer, reading a stream, and streams both ways, each for both twins.
- ``silence.py``: ends a stream that says nothing for too long.
- ``status.py``: everything that gRPC can report, as our errors.
- ``retry.py``: whether and when to try again.
- ``parcel.py``: a file on its way to a server; ``uploading.py``: the talk of an upload.
- ``mdns.py``: packets of announcements; ``sightings.py``: what they add up to; ``discovery.py``: listens and asks.
- ``aside.py``: work that blocks, kept out of the caller's way.
- ``_async.py``: the calls of the service; ``_sync.py`` is generated from it.
"""

import os

# gRPC's core writes its own lines to the terminal unless this is set before its first import. Whoever wants them sets
# the variable to something else.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
