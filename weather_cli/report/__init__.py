"""The report: one HTML file for a person who answers for stations, which needs no network.

    collect -> Report (plain values) -> page -> HTML

`collect` reads a target through `weather_cli.target`, `rules` finds the rule behind a flag, `page` writes the
texts and tables, and the script in `assets` draws the charts from the numbers that the page carries.
"""
