"""What makes a release from private windows. One mechanism a file; none knows the audit."""
