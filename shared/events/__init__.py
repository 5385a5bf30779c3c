"""The contracts: one module per stream, an event type is one annotated class; the catalogue lists them all."""
