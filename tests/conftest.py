from hypothesis import settings

# A busy machine is no failure: properties are bounded by their number of examples.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
