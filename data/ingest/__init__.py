"""From a table as files have it to checked recordings: columns, times, units, labels, gaps."""
