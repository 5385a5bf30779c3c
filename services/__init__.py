"""The three services. They share nothing but `shared` and the contracts of its events."""
