"""The Grafana dashboards as code: `python -m generator` writes what Grafana is provisioned with.

A dashboard is one module below `boards`; what its panels, queries, variables and links are made of stands beside it.
"""
