"""What the plan of cumsum's suite needs beside training: planted faults, controls, proofs."""
