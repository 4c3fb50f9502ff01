# wall: - | a namespace in which one is root again
import subprocess

done = subprocess.run(["/usr/bin/unshare", "--user", "/usr/bin/true"], capture_output=True)
if done.returncode == 0:
    print("REACHED")
raise OSError(done.stderr.decode())
