"""The sections of the notebooks: one function each, which shows and decides nothing."""
