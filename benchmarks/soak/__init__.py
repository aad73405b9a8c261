"""The soak: runs of the job with kills and faults of its storage, compared with an undisturbed run.

`make soak MINUTES=10 SEED=1` tries as many kinds of faults and kills as fit into the time, over folders and S3
(moto's server, in a process that fails on demand) and both engines, and prints what happened.  The next one with
the same seed goes on where it ended.  From 300 kills and 60 kinds of faults on it measures hostile objects as
well and writes docs/reliability.md.
"""
