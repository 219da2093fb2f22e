"""What comes back, folded into events and a result; no I/O."""
