# Which minions are hosts of the cluster static-pods. Rendered by khagen: edits made here are lost.
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{{ saltenv | tojson }}:
  {{ minions.get('bfs-k8s-master1.solarfs.k8s', 'bfs-k8s-master1.solarfs.k8s') | tojson }}:
    - khagen
  {{ minions.get('bfs-k8s-master2.solarfs.k8s', 'bfs-k8s-master2.solarfs.k8s') | tojson }}:
    - khagen
  {{ minions.get('bfs-k8s-master3.solarfs.k8s', 'bfs-k8s-master3.solarfs.k8s') | tojson }}:
    - khagen
  {{ minions.get('bfs-k8s-node1.solarfs.k8s', 'bfs-k8s-node1.solarfs.k8s') | tojson }}:
    - khagen
  {{ minions.get('bfs-k8s-node2.solarfs.k8s', 'bfs-k8s-node2.solarfs.k8s') | tojson }}:
    - khagen
  {{ minions.get('bfs-k8s-node3.solarfs.k8s', 'bfs-k8s-node3.solarfs.k8s') | tojson }}:
    - khagen
