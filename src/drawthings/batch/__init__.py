"""Many jobs and many servers: which job goes where, and what becomes of it.

``batch.py`` is what programs use, ``run.py`` does it: jobs are read (``jobs.py``), spread out (``spread.py``), noted in
the manifest (``manifest.py``) and given to a pool (``pool.py``), a few at a time (``window.py``); what comes of them is
written by ``safe.py`` and handed on by ``export.py``.

Behind a pool, ``estimate.py`` guesses how long things take and ``schedule.py`` decides which server gets which job;
neither waits, looks at a clock or talks to anybody. ``desk.py`` holds the servers and the calls that wait,
``errand.py`` is one call on its way, and ``_async_round.py`` looks after the servers.
"""
