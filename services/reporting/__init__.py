"""Reporting: every figure is a projection of events, and each can be built again from the feed."""
