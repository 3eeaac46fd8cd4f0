"""How windows are written as numbers, varied and chosen, for several mechanisms."""
