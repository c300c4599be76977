"""The engine: the topological schedule, the accumulation of cotangents, and the backward pass."""
