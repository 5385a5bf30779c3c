"""Data shipped with the registry: official areas, services, offices."""
