"""The walls, and the kernel inside them."""
