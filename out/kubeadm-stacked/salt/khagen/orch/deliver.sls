# Brings the tree to all hosts of the cluster, in order: on the master,
#   salt-run state.orchestrate khagen.orch.deliver saltenv=<cluster>
# The first failure stops what comes after it; the next run goes on there. Nothing of it speaks of pillars or contents.
{%- import_json 'khagen/cluster.json' as cluster %}
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{%- set batch = salt['pillar.get']('khagen_worker_batch', '25%') %}
{%- set steps = namespace(last='') %}

{%- macro step(id, hosts, states, together='') %}
{%- if hosts %}

{{ id | tojson }}:
  salt.state:
    - tgt:
{%- for host in hosts %}
      - {{ minions.get(host, host) | tojson }}
{%- endfor %}
    - tgt_type: list
    - sls:
{%- for state in states %}
      - khagen.{{ state }}
{%- endfor %}
    - saltenv: {{ saltenv | tojson }}
{%- if together %}
    - batch: {{ together | tojson }}
{%- else %}
    - expect_minions: True
{%- endif %}
{%- if steps.last %}
    - require:
      - salt: {{ steps.last | tojson }}
{%- endif %}
{%- set steps.last = id %}
{%- endif %}
{%- endmacro %}

{%- macro oneByOne(what, hosts, state) %}
{%- for host in hosts %}{{ step(what ~ ' on ' ~ host, [host], [state]) }}{% endfor %}
{%- endmacro %}

{{- step('everything that could go wrong, before anything changes', cluster.hosts, ['preflight']) }}
{{- oneByOne('prerequisites', cluster.core, 'prerequisites') }}
{{- oneByOne('etcd', cluster.etcd, 'etcd') }}
{{- step('all members of etcd', cluster.etcd, ['etcd_ready']) }}
{{- oneByOne('load balancer', cluster.loadBalancers, 'load_balancer') }}
{{- oneByOne('control plane', cluster.controlPlanes, 'control_plane') }}
{{- oneByOne('node', cluster.nodes, 'worker') }}
{{- step('workers', cluster.workers, ['prerequisites', 'etcd', 'load_balancer', 'control_plane', 'worker'], batch) }}
