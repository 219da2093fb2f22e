"""The gateway's HTTP: who may ask, what may be sent, how answers wait, and the routes of all dialects in one app."""
