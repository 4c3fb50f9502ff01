# wall: hidden_files | the grader's package, through the same Python that runs the grader
import grader.errors

print("REACHED", grader.errors)
