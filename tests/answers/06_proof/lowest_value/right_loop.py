# One state at a time, all corners inside the interval, in plain Python.
def lowest_value(start, slope, readings, rates, pushes, low, high):
    found = []
    for a, r, begin, end in zip(start.tolist(), readings.tolist(), low.tolist(), high.tolist()):
        places = [begin, end]
        for reading, rate in zip(r, rates.tolist()):
            if rate != 0 and begin < -reading / rate < end:
                places.append(-reading / rate)
        neurons = list(zip(r, rates.tolist(), pushes.tolist()))
        found.append(
            min(
                a + float(slope) * x + sum(p * max(0.0, b + s * x) for b, s, p in neurons)
                for x in places
            )
        )
    return found
