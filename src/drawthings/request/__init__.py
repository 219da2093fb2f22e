"""What a person asks for, checked and turned into the bytes that are sent."""
