"""The OpenAI Images dialect: what its software development kits send, as jobs, and jobs as what they expect."""
