"""What all pages share: the frame, state, caches, widgets."""
