"""A deterministic simulation: the real services on a real database, in a world that a seed rolls.

`drive` runs one seed; `python -m tests.simulation` runs many. `docs/simulation.md` explains it.
"""
