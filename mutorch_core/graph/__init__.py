"""The graph: `Var`, its nodes, its array attributes, methods and operators, views, and recording modes."""
