"""What the plan of sorted_list's suite needs beside training: changed models, and measures."""
