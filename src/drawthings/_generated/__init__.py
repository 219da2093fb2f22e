"""Machine-written code; see ``scripts/generate.py``."""
