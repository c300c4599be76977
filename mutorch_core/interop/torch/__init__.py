"""PyTorch: ops as functions of tensors, and functions of tensors as ops."""
