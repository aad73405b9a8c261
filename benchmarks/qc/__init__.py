"""The score of quality control: faults are put into real data, and counted is who notices them.

`make score-qc` writes docs/qc-score.md; `python -m benchmarks.qc --tune` chooses the thresholds of
`weather_etl.network` anew, on data and seeds that the score does not use.
"""
