"""The gateway's own API at ``/api``: everything the page in the browser does goes through it."""
