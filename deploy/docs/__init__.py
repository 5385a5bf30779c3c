"""What the documents take from the code, so that no field is written twice."""
