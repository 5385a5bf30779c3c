"""Official area codes of Viet Nam before and from 2025-07-01; see README.md."""
