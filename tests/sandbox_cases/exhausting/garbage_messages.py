# ends: timeout alive, ok, timeout | messages of no known form, some of them rightly signed
import json

kernel = get_ipython().kernel
deep = b"[" * 100_000 + b"]" * 100_000
for content in (deep, b"\xff\xfe", b"{}", b"[1]", b"null", json.dumps({"text": 5}).encode()):
    for header in (b"{}", b"[]", json.dumps({"msg_type": 3, "msg_id": [1]}).encode()):
        frames = [header, header, b"{}", content]
        signed = [kernel.session.sign(frames), *frames]
        kernel.iopub_socket.send_multipart([b"x", b"<IDS|MSG>", *signed])
kernel.iopub_socket.send_multipart([b""])
kernel.iopub_socket.send_multipart([b"<IDS|MSG>"])
