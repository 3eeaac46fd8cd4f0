"""Quick judges of single windows: the audit's attackers, taught once. One question a file."""
