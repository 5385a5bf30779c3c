"""Session logging: the door of ward apps, and the log of what happened in the field."""
