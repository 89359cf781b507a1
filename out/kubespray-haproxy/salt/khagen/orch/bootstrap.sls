# From hosts that khagen.orch.deliver made ready to a cluster of kubeadm: on the master,
#   salt-run state.orchestrate khagen.orch.bootstrap saltenv=<cluster>
# It stops after kubeadm init until the file by which hosts find the cluster, and what control planes share, are on the hosts that
# join: both are secret, so they are brought by hand and never through the master. The next run goes on there.
{%- import_json 'khagen/cluster.json' as cluster %}
{%- set minions = salt['pillar.get']('khagen_minions', {}) %}
{%- set batch = salt['pillar.get']('khagen_worker_batch', '25%') %}
{%- set first = cluster.bootstrapHost %}
{%- set steps = namespace(last='') %}

{%- macro step(id, hosts, state, together='') %}
{%- if hosts %}

{{ id | tojson }}:
  salt.state:
    - tgt:
{%- for host in hosts %}
      - {{ minions.get(host, host) | tojson }}
{%- endfor %}
    - tgt_type: list
    - sls:
      - khagen.{{ state }}
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

{%- if cluster.install != 'kubeadm' %}
khagen bootstrap:
  test.fail_without_changes:
    - name: a cluster of binaries needs no bootstrap, its services start with khagen.orch.deliver
{%- else %}
{%- if first %}
{{- step('kubeadm init on ' ~ first, [first], 'init_cluster') }}
{%- endif %}
{%- for host in cluster.controlPlanes if host != first %}
{{- step('kubeadm join on ' ~ host, [host], 'join_cluster') }}
{%- endfor %}
{{- step('kubeadm join on workers', cluster.workers, 'join_cluster', batch) }}
{%- endif %}
