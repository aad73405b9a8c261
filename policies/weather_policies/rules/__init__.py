"""The rules, by AWS service as their names say; `pack.py` collects them."""
