"""The passport of a number: what a cell of a dataset was made of, computed again from its messages alone.

question -> Cell (the number as it is published)
origin   -> the run that wrote it: lake, configuration, versions
again    -> the same cell from its messages, through the job's own kernel
evidence -> rows, flags, rules and messages behind it, as plain values
page     -> the words for a person
"""
