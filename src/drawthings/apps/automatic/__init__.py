"""The API of AUTOMATIC1111's web interface, as its clients use it: one dialect over the jobs of the gateway."""
