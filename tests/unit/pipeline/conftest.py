from hypothesis import settings

# For mutants, of which there are thousands: few examples, the same ones every time. See bench/mutants.py.
settings.register_profile("mutants", deadline=None, derandomize=True, database=None, max_examples=15)
