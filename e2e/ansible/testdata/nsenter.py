"""Runs commands on a host of the tests: in the namespaces of the process that an inventory names."""
import subprocess

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: nsenter
short_description: enter the namespaces of a process
description: [enter the namespaces of a process]
options:
  pid:
    description: the process; 0 is a host that is out of reach
    type: int
    required: true
    vars: [{name: nsenter_pid}]
"""

ENVIRONMENT = ["HOME=/root", "LANG=C.UTF-8", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"]


class Connection(ConnectionBase):
    transport = "nsenter"
    has_pipelining = True

    def _connect(self):
        self._connected = True
        return self

    def _run(self, command, **options):
        pid = self.get_option("pid")
        if pid == 0:
            raise AnsibleConnectionFailure("out of reach")
        enter = ["nsenter", "--target", str(pid), "--mount", "--net", "--ipc", "--uts", "--", "env", "-i"]
        return subprocess.run(enter + ENVIRONMENT + command, stderr=subprocess.PIPE, **options)

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = self._run(["/bin/sh", "-c", cmd], input=in_data or b"", stdout=subprocess.PIPE)
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        with open(in_path, "rb") as source:
            done = self._run(["dd", "status=none", "of=" + out_path], stdin=source)
        if done.returncode:
            raise AnsibleError(done.stderr.decode())

    def fetch_file(self, in_path, out_path):
        with open(out_path, "wb") as target:
            done = self._run(["cat", in_path], stdin=subprocess.DEVNULL, stdout=target)
        if done.returncode:
            raise AnsibleError(done.stderr.decode())

    def close(self):
        self._connected = False
