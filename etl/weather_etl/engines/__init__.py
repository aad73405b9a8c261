"""Who works on which sites: processes of this machine, or Spark tasks."""
