# Looks after programs that no package brings. The first argument is JSON:
#   record    file that says of each program where it came from: {path: {"url", "member", "sum", "file"}}
#   programs  those to look at: {"path", "url", "member", "mode"}, {arch} filled in
#   stage     {url: {"file", "sums" or "said"}}: what its project published, and a file with its SHA-256 sums, or the text
#             of one; absent: ask only
#   verify    true: on the machine that has the stage, only say what is wrong with it
# It prints {"due": [paths whose programs differ], "modes": [paths with another mode or owner]}, with a stage {"put": […]}. A
# program is what was asked for where the record has its origin and its bytes are the ones that were put there.
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile


def digest(path):
    total = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()


def read(record):
    try:
        with open(record, encoding="utf-8") as f:
            known = json.load(f)
    except (OSError, ValueError):
        return {}  # then all programs are brought again, and verified
    return known if isinstance(known, dict) else {}


def write(record, known):
    os.makedirs(os.path.dirname(record), mode=0o755, exist_ok=True)
    beside = record + ".new"
    with open(beside, "w", encoding="utf-8") as f:
        json.dump(known, f, indent=1, sort_keys=True)
        f.flush()
        os.fsync(f.fileno())
    os.replace(beside, record)


def text_of_sums(artifact):
    if "said" in artifact:
        return artifact["said"]
    with open(artifact["sums"], encoding="utf-8", errors="replace") as f:
        return f.read()


def published(artifact, url):
    """The SHA-256 sum that a project gives for the file at the URL: alone, or in a list of names."""
    name = url.rsplit("/", 1)[1]
    for line in text_of_sums(artifact).splitlines():
        fields = line.split()
        if len(fields) == 1 or len(fields) == 2 and os.path.normpath(fields[1].lstrip("*")) == name:
            if re.fullmatch("[0-9a-fA-F]{64}", fields[0]):
                return fields[0].lower()
    raise ValueError("its project's sums don't have it")


def wrong(url, artifact):
    """What speaks against an artifact; empty where it is the published one."""
    try:
        want, found = published(artifact, url), digest(artifact["file"])
    except OSError as err:
        return "%s is missing: %s is looked for" % (url, err.filename)
    except ValueError as err:
        return "%s: %s" % (url, err)
    if want != found:
        return "%s isn't what its project published: its SHA-256 sum is %s, and has to be %s" % (url, found, want)
    return ""


def is_there(program, known):
    was = known.get(program["path"], {})
    if was.get("url") != program["url"] or was.get("member", "") != program["member"]:
        return False
    try:
        return digest(program["path"]) == was.get("file")
    except OSError:
        return False


def mode_differs(program):
    try:
        found = os.stat(program["path"])
    except OSError:
        return False
    return (found.st_mode & 0o7777, found.st_uid, found.st_gid) != (int(program["mode"], 8), 0, 0)


def opened(program, artifact):
    if not program["member"]:
        return open(artifact, "rb")
    archive = tarfile.open(artifact)
    wanted = os.path.normpath(program["member"])
    for entry in archive:
        if entry.isfile() and os.path.normpath(entry.name) == wanted:
            return archive.extractfile(entry)
    raise SystemExit("%s has no file %s" % (program["url"], program["member"]))


def put(program, artifact):
    """Writes the program beside its place and renames it: one that runs can't be written to."""
    folder = os.path.dirname(program["path"])
    os.makedirs(folder, mode=0o755, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=".khagen-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as target, opened(program, artifact) as source:
            for block in iter(lambda: source.read(1 << 20), b""):
                target.write(block)
            target.flush()
            os.fchown(target.fileno(), 0, 0)
            os.fchmod(target.fileno(), int(program["mode"], 8))
            os.fsync(target.fileno())
        total = digest(beside)
        os.replace(beside, program["path"])
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise
    relabel(program["path"])
    return total


def relabel(path):
    """SELinux: a file that was moved has the label of where it was made."""
    try:
        subprocess.run(["restorecon", path], stdin=subprocess.DEVNULL, check=False)
    except OSError:
        pass  # there is none


def main():
    asked = json.loads(sys.argv[1])
    stage = asked.get("stage", {})
    problems = list(filter(None, (wrong(url, stage[url]) for url in sorted(stage))))
    if problems:
        raise SystemExit("\n".join(problems))
    if asked.get("verify"):
        return
    known = read(asked["record"])
    due = [p for p in asked["programs"] if not is_there(p, known)]
    if stage:
        for program in due:
            artifact = stage[program["url"]]
            total = put(program, artifact["file"])
            known[program["path"]] = {
                "url": program["url"], "member": program["member"], "sum": published(artifact, program["url"]), "file": total,
            }
            write(asked["record"], known)
        print(json.dumps({"put": [p["path"] for p in due]}))
        return
    print(json.dumps({"due": [p["path"] for p in due], "modes": [p["path"] for p in asked["programs"] if mode_differs(p)]}))


main()
