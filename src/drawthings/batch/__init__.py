"""Many jobs and many servers: which job goes where, and what becomes of it.

``estimate.py`` guesses how long things take, ``schedule.py`` decides which server gets which job; neither waits, looks
at a clock or talks to anybody.
"""
