# API server, controller manager and scheduler; under kubeadm what they read and what the kubelet of the host does.
{%- from 'khagen/phase.jinja' import deliver with context %}
include:
  - khagen.preflight
{{ deliver('control-plane') }}
{%- from 'khagen/host.jinja' import host, manifest, cluster with context %}
{%- if cluster.install == 'kubeadm' and 'control-plane' in manifest.roles %}
{%- set ready = 'kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://' ~ cluster.apiServers[host]
    ~ ' --request-timeout 5s get --raw /readyz >/dev/null 2>&1' %}

# The next host follows when this one's API server is ready. Before kubeadm has made one there is nothing to wait for.
khagen control-plane ready:
  cmd.run:
    - name: {{ ("timeout 300 sh -c 'until " ~ ready ~ "; do sleep 2; done'") | tojson }}
    - onlyif: test -e /etc/kubernetes/admin.conf
    - unless: {{ ready | tojson }}
{%- endif %}
