# ends: flood of traffic, flood | ten megabytes of empty frames, for each of which a reader holds two hundred bytes
kernel = get_ipython().kernel
session = kernel.session
parts = [b""] * 500_000
for _ in range(40):
    kernel.iopub_socket.send_multipart(parts)
