"""The instructor's side of Glass Lab: hidden models, walls, verdicts, the gradebook."""
