"""The kinds of panels: each takes what it shows and in which words, and knows how that is drawn."""
