# Which minions are hosts of the cluster container-nginx. Rendered by khagen: edits made here are lost.
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{{ saltenv | tojson }}:
  {{ minions.get('master0', 'master0') | tojson }}:
    - khagen
  {{ minions.get('master1', 'master1') | tojson }}:
    - khagen
  {{ minions.get('master2', 'master2') | tojson }}:
    - khagen
  {{ minions.get('nginx', 'nginx') | tojson }}:
    - khagen
  {{ minions.get('node5', 'node5') | tojson }}:
    - khagen
  {{ minions.get('node6', 'node6') | tojson }}:
    - khagen
  {{ minions.get('node7', 'node7') | tojson }}:
    - khagen
