#!/bin/sh
# Stands for etcdctl: a member is healthy once two of three were started, which the hosts of a test see through one file; those whose
# URL is in /run/ill aren't.
echo "$(date +%s%N) etcdctl $*" >>/var/lib/stub.log
for url; do
  if grep -qsxFe "$url" /run/ill; then
    echo '{"level":"warn","msg":"retrying of unary invoker failed"}' >&2
    echo "$url is unhealthy: failed to commit proposal: context deadline exceeded" >&2
    echo 'Error: unhealthy cluster' >&2
    exit 1
  fi
done
[ -e /var/lib/stub/active/etcd.service ]
