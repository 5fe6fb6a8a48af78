"""How costs grow with rows, features, models and the length of the window, as figures and as a plot."""
