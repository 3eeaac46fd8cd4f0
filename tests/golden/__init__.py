"""What results are with the versions as they are: no change of a result goes unnoticed, and no version unraised."""
