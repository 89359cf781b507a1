#!/bin/sh
# Rendered by khagen for the cluster kubespray-haproxy: edits made here are lost.
# Asks the API through this host's balancer, as clients do. Not through the virtual address: that tests another host.
exec /usr/bin/curl --silent --show-error --fail --insecure --max-time 1 --output /dev/null \
    'https://127.0.0.1:8443/readyz'
