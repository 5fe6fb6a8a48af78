"""What monitoring was measured to cost: the figures, how they grow, and what they advise."""
