#!/bin/sh
# Stands for etcdctl: a member is healthy once two of three were started, which the hosts of a test see through one file.
echo "$(date +%s%N) etcdctl $*" >>/var/lib/stub.log
[ -e /var/lib/stub/active/etcd.service ]
