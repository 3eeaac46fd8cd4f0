"""Hand edits: strokes on one window, transforms of groups of windows, and recipes of both."""
