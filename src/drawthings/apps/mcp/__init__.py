"""Tools for agents: the jobs core spoken in the Model Context Protocol, over stdio and over HTTP."""
