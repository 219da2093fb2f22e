"""Other programs and other people: the HTTP gateway with its dialects, its page, and the tools for agents."""
