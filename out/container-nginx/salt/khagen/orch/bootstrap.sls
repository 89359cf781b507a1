# From hosts that khagen.orch.deliver made ready to a cluster of kubeadm: on the master,
#   salt-run state.orchestrate khagen.orch.bootstrap saltenv=<cluster>
# It stops after kubeadm init until the file by which hosts find the cluster, and what control planes share, are on the hosts that
# join: both are secret, so they are brought by hand and never through the master. The next run goes on there.
{%- from 'khagen/steps.jinja' import cluster, step, oneByOne, batches with context %}
{%- set first = cluster.bootstrapHost %}

{%- if cluster.install != 'kubeadm' %}
khagen bootstrap:
  test.fail_without_changes:
    - name: a cluster of binaries needs no bootstrap, its services start with khagen.orch.deliver
{%- else %}
{%- if first %}
{{- step('kubeadm init on ' ~ first, [first], ['init_cluster']) }}
{%- endif %}
{{- oneByOne('kubeadm join', cluster.controlPlanes | reject('equalto', first) | list, ['join_cluster']) }}
{{- batches('kubeadm join on workers', cluster.workers, ['join_cluster']) }}
{%- endif %}
