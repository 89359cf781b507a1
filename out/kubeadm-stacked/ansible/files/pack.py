# Prints a compressed archive, in base64, of the files that its argument lists as JSON: src on the controller, path and mode on
# the host. Each gets a name beside its own, from which the host renames it: nobody ever sees half a file. The dot before it
# keeps a kubelet from taking it for a static pod.
import base64
import io
import json
import os
import sys
import tarfile

archive = io.BytesIO()
with tarfile.open(fileobj=archive, mode="w:gz") as tar:
    for file in json.loads(sys.argv[1]):
        folder, name = os.path.split(file["path"])
        info = tarfile.TarInfo(os.path.join(folder, "." + name + ".khagen").lstrip("/"))
        info.mode = int(file["mode"], 8)
        with open(file["src"], "rb") as f:
            content = f.read()
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
print(base64.b64encode(archive.getvalue()).decode())
