# kubeadm init on the host that begins the cluster. Its output has no token.
khagen kubeadm init:
  cmd.run:
    - name: kubeadm init --config /etc/kubernetes/kubeadm/config.yaml --skip-token-print --skip-certificate-key-print
    - creates: /etc/kubernetes/kubelet.conf
    - hide_output: True
