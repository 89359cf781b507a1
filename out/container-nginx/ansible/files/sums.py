# Prints, as JSON, the SHA-256 sum and the size of each file below the folders that its arguments name: NAME=FOLDER. It runs on
# the controller, where sha256sum may be missing, under the Python that runs Ansible.
import hashlib
import json
import os
import sys

found = {}
for argument in sys.argv[1:]:
    name, _, top = argument.partition("=")
    for folder, _, files in os.walk(top):
        for file in files:
            path = os.path.join(folder, file)
            with open(path, "rb") as f:
                content = f.read()
            key = name + "/" + os.path.relpath(path, top)
            found[key] = {"sum": hashlib.sha256(content).hexdigest(), "size": len(content)}
json.dump(found, sys.stdout)
