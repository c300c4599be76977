"""JAX: ops as functions of JAX arrays, and functions of JAX arrays as ops."""
