"""Results and running jobs in Jupyter, VS Code and other notebooks.

How things look when a cell ends with them is in ``outputs.py``: still pictures by ``still.py``, clips by ``clip.py``.
What a cell shows while a job runs is in ``watch.py``, with the places it can be shown at in ``place.py``; how long each
step took is in ``chart.py``. IPython is used where it runs already, and never imported otherwise.
"""
