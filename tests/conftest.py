"""How long an example of Hypothesis takes says how busy the machine is, and nothing of the code."""

from hypothesis import settings

settings.register_profile("liaf_ref", deadline=None)
settings.load_profile("liaf_ref")
