"""From a table as read from files to validated recordings: columns, times, units, labels, gaps."""
