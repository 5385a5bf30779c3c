"""One file per projection: its table, its handlers, its changes (a vertical slice)."""
