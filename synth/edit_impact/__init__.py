"""What a hand edit changed: quick versions of the audit's attacks on single windows, one question per file."""
