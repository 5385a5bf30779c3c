"""The registry: what is true about places, people and ward apps, and since when."""
