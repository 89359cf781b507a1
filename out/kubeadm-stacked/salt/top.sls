# Which minions are hosts of the cluster kubeadm-stacked. Rendered by khagen: edits made here are lost.
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{{ saltenv | tojson }}:
  {{ minions.get('cp1', 'cp1') | tojson }}:
    - khagen
  {{ minions.get('cp2', 'cp2') | tojson }}:
    - khagen
  {{ minions.get('cp3', 'cp3') | tojson }}:
    - khagen
  {{ minions.get('w1', 'w1') | tojson }}:
    - khagen
