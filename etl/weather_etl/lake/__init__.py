"""Storage backends (folders and S3) and the raw objects in them."""
