# kubeadm join. The file by which a host finds the cluster is brought by hand: it holds a token.
khagen kubeadm discovery:
  cmd.run:
    - name: echo 'bring /etc/kubernetes/discovery.conf to this host, as the README of the cluster says' >&2; false
    - unless:
      - test -e /etc/kubernetes/kubelet.conf || test -s /etc/kubernetes/discovery.conf ||
        ! grep -qF /etc/kubernetes/discovery.conf /etc/kubernetes/kubeadm/join.yaml
    - failhard: True

khagen kubeadm join:
  cmd.run:
    - name: kubeadm join --config /etc/kubernetes/kubeadm/join.yaml
    - creates: /etc/kubernetes/kubelet.conf
    - hide_output: True
    - require:
      - cmd: khagen kubeadm discovery
