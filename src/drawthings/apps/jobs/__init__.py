"""The gateway's core without any HTTP: jobs, the fair line before the servers, and what was made."""
