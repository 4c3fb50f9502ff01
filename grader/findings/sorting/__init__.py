"""What is known of a sorting transformer, a module a theme; `grader.findings.sorted_list` asks."""
