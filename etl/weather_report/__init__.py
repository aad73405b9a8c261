"""The report: one HTML file for a person who answers for stations, which needs no network.

    Target -> collect -> Report (plain values) -> page -> HTML

It ships beside the job, which writes a report next to its run by setting (`job`), and the command line uses
it on any target.  `target` holds what lies in a target, `reading` reads files of it, `configuration` finds
what a run was given, `rules` the rule behind a flag; `page` writes the texts and tables, and the script in
`assets` draws the charts from the numbers that the page carries.
"""

from weather_report.target import File, Target

__all__ = ["File", "Target"]
