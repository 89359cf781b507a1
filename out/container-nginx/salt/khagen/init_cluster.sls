# kubeadm init on the host that begins the cluster. Its output has no token. kubeadm writes most files before what it mostly
# fails at: so its beginning is put on record, and taken off at its end.
{%- from 'khagen/host.jinja' import host, cluster with context %}
{%- from 'khagen/kubeadm.jinja' import half with context %}
{{ half() }}
{%- set asked = [] %}
{%- for name, address in cluster.apiServers | dictsort if name != host %}
{%- set parts = address.rsplit(':', 1) %}
{%- do asked.append("timeout 5 bash -c ': </dev/tcp/" ~ parts[0].strip('[]') ~ '/' ~ parts[1] ~ "' 2>/dev/null") %}
{%- endfor %}
{%- if asked %}

khagen no second cluster:
  cmd.run:
    - name: echo 'another host has an API server already; delete bootstrapHost from the definition and build, so that this one joins' >&2; false
    - onlyif: {{ ('! test -e /etc/kubernetes/kubelet.conf && { ' ~ asked | join(' || ') ~ '; }') | tojson }}
    - require_in:
      - cmd: khagen kubeadm init
{%- endif %}

khagen kubeadm init:
  cmd.run:
    - name: >-
        install -d /var/lib/khagen && echo init >/var/lib/khagen/kubeadm &&
        kubeadm init --config /etc/kubernetes/kubeadm/config.yaml --skip-token-print --skip-certificate-key-print &&
        rm -f /var/lib/khagen/kubeadm
    - creates: /etc/kubernetes/kubelet.conf
    - hide_output: True
    - require:
      - cmd: khagen kubeadm half
