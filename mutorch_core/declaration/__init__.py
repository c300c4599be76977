"""Op declaration: `@op` and its rules, signatures, and the code that is generated for an op's call and pullback."""
