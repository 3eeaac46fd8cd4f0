"""Stand-ins: windows performed by people who do not exist."""
