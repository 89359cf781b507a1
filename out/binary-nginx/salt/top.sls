# Which minions are hosts of the cluster binary-nginx. Rendered by khagen: edits made here are lost.
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{{ saltenv | tojson }}:
  {{ minions.get('k8s-master1', 'k8s-master1') | tojson }}:
    - khagen
  {{ minions.get('k8s-master2', 'k8s-master2') | tojson }}:
    - khagen
  {{ minions.get('k8s-node1', 'k8s-node1') | tojson }}:
    - khagen
  {{ minions.get('k8s-node2', 'k8s-node2') | tojson }}:
    - khagen
  {{ minions.get('lb-backup', 'lb-backup') | tojson }}:
    - khagen
  {{ minions.get('lb-master', 'lb-master') | tojson }}:
    - khagen
