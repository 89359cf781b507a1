# Packages of the distribution and of the repositories that it knows. Those that are held back keep their version on a node that
# has joined a cluster of kubeadm: an upgrade goes with kubeadm upgrade, host by host. The pillar khagen_upgrade says now.
{%- from 'khagen/host.jinja' import manifest, cluster with context %}
{%- set keep = cluster.install == 'kubeadm' and not salt['pillar.get']('khagen_upgrade', false) %}
include:
  - khagen.preflight
{%- for hold in [false, true] %}
{%- set packages = manifest.get('packages', []) | selectattr('hold', 'defined') | list if hold
    else manifest.get('packages', []) | rejectattr('hold', 'defined') | list %}
{%- if packages %}

khagen packages{{ ' held back' if hold }}:
  pkg.installed:
    - pkgs:
{%- for package in packages %}
{%- if package.version is defined %}
      - {{ package.name | tojson }}: {{ package.version | tojson }}
{%- else %}
      - {{ package.name | tojson }}
{%- endif %}
{%- endfor %}
{%- if hold %}
    - hold: True
    - update_holds: True
{%- if keep %}
    - unless: test -e /etc/kubernetes/kubelet.conf
{%- endif %}
{%- endif %}
{%- endif %}
{%- endfor %}
