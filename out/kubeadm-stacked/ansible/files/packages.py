# Says what a host lacks of the packages that its manifest wants. The first argument is JSON: {"packages": as in the manifest,
# "family": "debian" or "rhel"}. It changes nothing, and prints
#   install  those to install, as the package manager takes them: name=version or name-version
#   hold     those that aren't kept back and have to be
#   release  those that are kept back at another version
#   other    the same, in words
#   node     whether a kubelet has been started here as a node of a cluster
import fnmatch
import json
import os
import re
import subprocess
import sys


def output(*command):
    """What a command prints. It may fail: some packages aren't known, a plugin isn't there."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False, env=dict(os.environ, LC_ALL="C")).stdout.decode(errors="replace")
    except OSError:
        return ""


def debian(names):
    """Versions of what is installed, and names of what is kept back."""
    form = "${Package} ${Version} ${db:Status-Status} ${db:Status-Want}\n"
    lines = [line.split() for line in output("dpkg-query", "--show", "--showformat", form, *names).splitlines()]
    lines = [fields for fields in lines if len(fields) == 4]
    return ({name: version for name, version, status, _ in lines if status == "installed"},
            {name for name, _, status, want in lines if status == "installed" and want == "hold"})


def redhat(names):
    lines = output("rpm", "--query", "--queryformat", "%{NAME} %{VERSION}-%{RELEASE}\n", *names).splitlines()
    found = dict(line.split() for line in lines if len(line.split()) == 2)
    locked = output("dnf", "--quiet", "versionlock", "list").splitlines()
    return found, {name for name in found if any(re.match(re.escape(name) + r"-\d", line) for line in locked)}


def main():
    asked = json.loads(sys.argv[1])
    of_debian = asked["family"] == "debian"
    names = [p["name"] for p in asked["packages"]]
    found, held = (debian if of_debian else redhat)(names) if names else ({}, set())
    said = {"install": [], "hold": [], "release": [], "other": []}
    for p in asked["packages"]:
        name, want, has = p["name"], p.get("version", ""), found.get(p["name"])
        if has is None or want and not fnmatch.fnmatchcase(has, want):
            said["install"].append(name + ("=" if of_debian else "-") + want if want else name)
            if has is not None:
                said["other"].append("%s %s, and %s is wanted" % (name, has, want))
            if name in held:
                said["release"].append(name)
        if p.get("hold") and (name not in held or name in said["release"]):
            said["hold"].append(name)
    said["node"] = any(os.path.exists("/var/lib/kubelet/" + f) for f in ("config.yaml", "cpu_manager_state"))
    print(json.dumps(said))


main()
