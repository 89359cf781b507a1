# Says what stands in the way of a host's services, as JSON on the standard output. It changes nothing.
#
# The first argument is JSON too:
#   now      seconds of the clock on the controller
#   names    names that have to lead to an address
#   ports    {"port": [names of programs that may have it]}
#   connect  [[address, port]] that have to be in reach: whether a program listens there yet is all the same. Nobody is asked
#            from a host whose own ports are all in use already, as it has its place in a cluster that runs
#   hopes    the same for what may be late
#   vips     [[address, port]] that nobody may have, but for the cluster's own hosts
import concurrent.futures
import errno
import json
import os
import socket
import subprocess
import sys
import time

TIMEOUT = 3  # seconds for a connection


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def listeners(ports):
    """Inodes of the sockets that listen, by port."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in read(table).splitlines()[1:]:
            fields = line.split()
            port = int(fields[1].rsplit(":", 1)[1], 16)
            if fields[3] == "0A" and port in ports:
                found.setdefault(port, set()).add(fields[9])
    return found


def programs(inodes):
    """Names of the processes that have the sockets."""
    wanted, names = {"socket:[%s]" % inode for inode in inodes}, set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        folder = "/proc/%s/fd" % pid
        try:
            links = [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)]
        except OSError:
            continue  # it has ended, or is another's
        if wanted.intersection(links):
            names.add(read("/proc/%s/comm" % pid).strip())
    return names


def held(ports):
    """Ports that a program has which may not have them."""
    wrong = []
    for port, inodes in sorted(listeners(set(map(int, ports))).items()):
        may = {name[:15] for name in ports[str(port)]}  # as long as the kernel keeps them
        for name in sorted(programs(inodes) - may):
            wrong.append("port %d is held by %s, and is for %s" % (port, name, " or ".join(ports[str(port)])))
    return wrong


def reach(address, port):
    try:
        socket.create_connection((address, int(port)), TIMEOUT).close()
    except ConnectionRefusedError:
        pass  # the host itself said so: nothing listens there yet
    except OSError as err:
        if err.errno in (errno.EHOSTUNREACH, errno.EACCES):
            return "%s:%s: no way there, or a firewall rejects it (%s)" % (address, port, os.strerror(err.errno))
        return "%s:%s: %s" % (address, port, err)
    return ""


def unreachable(targets):
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        return [why for why in pool.map(lambda target: reach(*target), targets) if why]


def has(address):
    """Whether the host itself has the address."""
    if ":" in address:
        packed = socket.inet_pton(socket.AF_INET6, address).hex()
        return any(line.startswith(packed) for line in read("/proc/net/if_inet6").splitlines())
    before = ""
    for line in read("/proc/net/fib_trie").splitlines():
        if "/32 host LOCAL" in line and before.split()[-1] == address:
            return True
        before = line or before
    return False


def unresolved(names):
    missing = []
    for name in names:
        try:
            socket.getaddrinfo(name, None)
        except OSError as err:
            missing.append("%s: %s" % (name, err))
    return missing


def synchronised():
    """Whether the clock follows others; None where nobody on the host knows."""
    try:
        said = subprocess.run(["timedatectl", "show", "--property=NTPSynchronized", "--value"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
    return {b"yes": True, b"no": False}.get(said)


def main():
    asked = json.loads(sys.argv[1])
    late = time.time() - float(asked["now"])
    runs = set(map(int, asked["ports"])) == set(listeners(set(map(int, asked["ports"]))))
    ask = (lambda targets: []) if runs else unreachable
    print(json.dumps({
        "skew": round(late),
        "synchronised": synchronised(),
        "hostname": socket.gethostname(),
        "machine": read("/etc/machine-id").strip(),
        "hardware": read("/sys/class/dmi/id/product_uuid").strip().lower(),
        "swap": [line.split()[0] for line in read("/proc/swaps").splitlines()[1:]],
        "held": held(asked["ports"]),
        "unreachable": ask(asked["connect"]),
        "late": ask(asked["hopes"]),
        "unresolved": unresolved(asked["names"]),
        "carries": [address for address, _ in asked["vips"] if has(address)],
        "answers": [address for address, port in asked["vips"] if not has(address) and not reach(address, port)],
    }))


main()
