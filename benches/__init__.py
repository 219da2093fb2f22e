"""Benchmarks: our path beside the best Python peer's own, on the same pictures, in the same run.

``python -m benches`` runs the whole table (its rows are in ``table.py``), ``python -m benches.quick`` a short guard
against regressions, ``python -m benches.soak`` thousands of generations in one process, and ``python -m benches.loop``
looks at threads and at asyncio. See docs/performance.md.
"""
