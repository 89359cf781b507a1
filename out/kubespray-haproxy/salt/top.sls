# Which minions are hosts of the cluster kubespray-haproxy. Rendered by khagen: edits made here are lost.
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{{ saltenv | tojson }}:
  {{ minions.get('node1', 'node1') | tojson }}:
    - khagen
  {{ minions.get('node2', 'node2') | tojson }}:
    - khagen
  {{ minions.get('node3', 'node3') | tojson }}:
    - khagen
  {{ minions.get('node4', 'node4') | tojson }}:
    - khagen
  {{ minions.get('node5', 'node5') | tojson }}:
    - khagen
