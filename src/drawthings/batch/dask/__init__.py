"""The pool over Dask workers: the same batch on several machines, or in several processes of this one.

Which server gets which job is decided where it always is, by the pool. Dask carries a job to the worker of that server:
a worker with one thread, named after its server, which asks the server, decodes and encodes. Files come back as bytes,
and the manifest stays with the runner.
"""
