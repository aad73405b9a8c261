"""All of the work of one site, from new keys to staged partitions."""
