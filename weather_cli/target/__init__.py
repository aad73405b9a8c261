"""A target read back: its datasets, its runs and what they refused, in a folder or a bucket.

`place` finds the target, `reading` reads files of it into tables, `views` opens it in DuckDB.
"""
