# kubeadm join, but for a host that leaves. The file by which a host finds the cluster is brought by hand: it holds a token.
{%- from 'khagen/host.jinja' import manifest with context %}
{%- from 'khagen/kubeadm.jinja' import half with context %}
{%- if manifest.get('state') != 'leaving' %}
{{ half() }}

khagen kubeadm discovery:
  cmd.run:
    - name: echo 'bring /etc/kubernetes/discovery.conf to this host, as the README of the cluster says' >&2; false
    - unless:
      - test -e /etc/kubernetes/kubelet.conf || test -s /etc/kubernetes/discovery.conf ||
        ! grep -qF /etc/kubernetes/discovery.conf /etc/kubernetes/kubeadm/join.yaml
    - failhard: True

khagen kubeadm join:
  cmd.run:
    - name: >-
        install -d /var/lib/khagen && echo join >/var/lib/khagen/kubeadm &&
        kubeadm join --config /etc/kubernetes/kubeadm/join.yaml &&
        rm -f /var/lib/khagen/kubeadm
    - creates: /etc/kubernetes/kubelet.conf
    - hide_output: True
    - require:
      - cmd: khagen kubeadm half
      - cmd: khagen kubeadm discovery
{%- endif %}
