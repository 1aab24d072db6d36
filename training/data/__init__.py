"""Training sets of ads: sources, steps and recipes (``python -m training data``, docs/data.md)."""
