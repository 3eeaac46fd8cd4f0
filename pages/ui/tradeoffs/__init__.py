"""The Trade-offs page's parts."""
