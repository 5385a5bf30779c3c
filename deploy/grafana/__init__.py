"""Grafana as code: `build.py` writes the dashboards of this folder from Python; `provisioning` loads them."""
