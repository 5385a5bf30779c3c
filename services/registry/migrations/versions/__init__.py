"""One module per migration, literal and never changed after a release."""
