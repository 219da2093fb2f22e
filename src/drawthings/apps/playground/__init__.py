"""The playground: a static page of plain modules, served by the gateway and using nothing but its public API."""
