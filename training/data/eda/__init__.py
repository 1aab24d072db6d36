"""``python -m training data eda``: what is inside a data set, to look at rather than read."""
