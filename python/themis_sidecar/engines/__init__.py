"""What makes tokens."""
