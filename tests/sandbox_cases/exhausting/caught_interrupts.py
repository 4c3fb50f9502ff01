# ends: timeout | an interrupt is an exception like any other, and this code catches them all
def stubborn():
    while True:
        try:
            while True:
                pass
        except BaseException:
            stubborn()


stubborn()
