"""The audit judges data, not methods: it knows releases and real windows, and no mechanism."""
