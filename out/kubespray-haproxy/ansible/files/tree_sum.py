"""Prints one sum of all that a cluster's tree brings to hosts, as a plan of khagen has it in "tree"."""

import hashlib
import json
import os
import sys

ROOT = sys.argv[1]
FOLDERS = {"block": "blocks", "secret": "secrets"}


def read(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


def listed(path):
    return json.loads(read(path))["files"]


paths = [entry["path"] for entry in listed("manifest.json") if entry["path"].startswith("cluster/")]
for host in os.listdir(os.path.join(ROOT, "hosts")):
    base = "hosts/" + host + "/"
    paths.append(base + "manifest.json")
    for entry in listed(base + "manifest.json"):
        kind = entry["kind"]
        paths.append(base + FOLDERS.get(kind, "rootfs") + entry["path"] + (".j2" if kind == "secret" else ""))
lines = "".join(hashlib.sha256(read(path)).hexdigest() + "  " + path + "\n" for path in sorted(paths, key=os.fsencode))
print(hashlib.sha256(lines.encode()).hexdigest())
