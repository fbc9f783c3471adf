"""How Hypothesis runs here: no deadline, because a busy machine is no fault of the code."""

from hypothesis import settings

settings.register_profile("snapkit", deadline=None)
settings.load_profile("snapkit")
