#!/bin/sh
# Stands for kubeadm: leaves on the host what the real one leaves, and writes down what it was told and what it found. Where /run/broken
# names it, init and join fail as they mostly do: after most of their files; where it names the token, there is none.
say() { echo "$(date +%s%N) $*" >>/var/lib/stub.log; }
pki=/etc/kubernetes/pki

# issue writes what belongs to this host alone.
issue() {
  for name in apiserver apiserver-kubelet-client front-proxy-client etcd/server; do
    echo "certificate of $(hostname)" >$pki/$name.crt
    (umask 077 && echo "key of $(hostname)" >$pki/$name.key)
  done
}

# serve starts what the kubelet would: an API server, and the balancer, which is a static pod.
serve() {
  mkdir -p /etc/kubernetes/manifests
  echo pod >/etc/kubernetes/manifests/kube-apiserver.yaml
  echo admin >/etc/kubernetes/admin.conf
  setsid /usr/bin/python3 /usr/lib/stub/server.py "$1" 6443 kube-apiserver </dev/null >/dev/null 2>&1 &
  setsid /usr/bin/python3 /usr/lib/stub/server.py 0.0.0.0 8443 haproxy </dev/null >/dev/null 2>&1 &
}

# node makes it one, unless it is broken.
node() {
  mkdir -p /var/lib/kubelet
  echo config >/var/lib/kubelet/config.yaml
  if grep -qsxF kubeadm /run/broken; then
    say "$1 fails"
    echo '[kubelet-check] waiting for a healthy kubelet'
    echo 'error execution phase kubelet-start: timed out waiting for the condition' >&2
    exit 1
  fi
  echo kubelet >/etc/kubernetes/kubelet.conf
}

case "$1 $2" in
  "init --config")
    say begin init
    [ -e $pki/ca.crt ] && { echo 'there are certificates of somebody else' >&2; exit 1; }
    mkdir -p $pki/etcd
    cp /usr/lib/stub/ca.crt $pki/ca.crt
    for name in front-proxy-ca.crt etcd/ca.crt sa.pub; do echo "shared $name" >$pki/$name; done
    (umask 077 && for name in ca.key front-proxy-ca.key etcd/ca.key sa.key; do echo "hushhush $name" >$pki/$name; done)
    issue
    node init
    serve "$(sed -n 's/^  advertiseAddress: //p' "$3")"
    say end init
    ;;
  "join --config")
    say begin join
    say "has $(stat -c %a /etc/kubernetes/discovery.conf) $(grep -c 'token: abcdef.0123456789abcdef$' /etc/kubernetes/discovery.conf)"
    say "pki $(find $pki -type f -printf '%P=%m\n' 2>/dev/null | sort | tr '\n' ' ')"
    if grep -q ^controlPlane: "$3"; then
      mkdir -p $pki/etcd
      issue
      node join
      serve "$(sed -n 's/^    advertiseAddress: //p' "$3")"
    else
      node join
    fi
    say end join
    ;;
  "token create")
    if grep -qsxF token /run/broken; then
      echo 'the endpoint does not answer' >&2
      exit 1
    fi
    say "$*" && echo abcdef.0123456789abcdef
    ;;
  "reset --force")
    say reset
    rm -rf $pki /etc/kubernetes/*.conf /etc/kubernetes/manifests/* /var/lib/kubelet
    ;;
  "config validate") ;;
  *) say "kubeadm $*" && exit 1 ;;
esac
