"""What requests say, read from frames and checked: every type and every range, before an engine sees it."""
