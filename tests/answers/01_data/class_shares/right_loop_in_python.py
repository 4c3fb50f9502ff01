# Adds up entry by entry and returns nested lists.
def class_shares(distribution):
    answer = []
    for row in distribution.tolist():
        middle = len(row) // 2
        answer.append([sum(row[:middle]), row[middle], sum(row[middle + 1 :])])
    return answer
