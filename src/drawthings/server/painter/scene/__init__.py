"""From a brief to a picture of its scene.

- ``plan.py``: where the horizon, the sun and the figures are.
- ``sheet.py``: the surface that is painted on, back to front.
- ``sky.py``, ``land.py``, ``woods.py``, ``water.py``, ``town.py``, ``deep.py``, ``studio.py``: the parts of places.
- ``places.py``: which parts make which place.
- ``figure.py``: shapes become a lit figure; ``beasts.py``, ``birds.py``, ``people.py``, ``plants.py``,
  ``buildings.py``, ``vehicles.py``, ``table.py``, ``objects.py``, ``swimmers.py``: the shapes of each subject.
- ``weather.py``, ``accents.py``: what lies over the scene.
- ``subjects.py``: which drawing belongs to which subject.
- ``render.py``: all of it in order.
"""
