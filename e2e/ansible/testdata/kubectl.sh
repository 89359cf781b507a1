#!/bin/sh
# Stands for kubectl: whether an API server answers, which nodes there are, and objects, which it keeps beside its login.
[ "$1" = --kubeconfig ] && login=$2 && shift 2
[ "$1" = --server ] && shift 2
[ -e "$login" ] || { echo "no login $login" >&2; exit 1; }
kept=${STUB:-/var/lib/stub}/objects
log=${STUB:-/var/lib}/stub.log
case "$1 $2" in
  "get --raw") printf ok ;;
  "get node") echo "node/$3" ;;
  "get nodes") printf 'cp1=True\nw2=False\n' ;;
  "diff --server-side") [ "$(cat)" = "$(cat "$kept" 2>/dev/null)" ] ;;
  "apply --server-side")
    text=$(cat)
    echo "$(date +%s%N) apply $(echo "$text" | grep -c ^kind:) $(echo "$text" | grep -o 'expiration: .*')" >>"$log"
    case $text in *'bootstrap.kubernetes.io/token'*) ;; *) mkdir -p "${kept%/*}" && echo "$text" >"$kept" ;; esac
    ;;
  *) echo "$(date +%s%N) kubectl $*" >>"$log" && exit 1 ;;
esac
