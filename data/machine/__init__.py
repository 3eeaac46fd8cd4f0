"""What the machine gives and refuses: temporary folders, and faults in words."""
