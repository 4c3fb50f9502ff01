# ends: ok | processes that leave the session, ignore signals and want to outlive the kernel
import subprocess

for _ in range(3):
    subprocess.Popen(
        ["/bin/sh", "-c", "trap '' HUP INT TERM; while true; do sleep 1; done"],
        start_new_session=True,
    )
