"""The machinery of one event, in path order; it knows no service and holds no business rule."""
