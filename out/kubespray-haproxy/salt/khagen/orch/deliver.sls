# Brings the tree to all hosts of the cluster, in order: on the master,
#   salt-run state.orchestrate khagen.orch.deliver saltenv=<cluster>
# What fails on a host that others rely on stops what comes after it; a worker stops no other. The next run goes on there. Nothing of
# it speaks of pillars or contents.
{%- from 'khagen/steps.jinja' import cluster, step, oneByOne, batches with context %}

{#- Workers that don't answer are passed over here: each is told by its own batch. -#}
{{- oneByOne('everything that could go wrong', cluster.core, ['preflight']) }}
{{- step('everything that could go wrong on workers that answer', cluster.workers, ['preflight'], False) }}
{{- oneByOne('prerequisites', cluster.core, ['prerequisites']) }}
{{- oneByOne('etcd', cluster.etcd, ['etcd']) }}
{{- step('all members of etcd', cluster.etcd, ['etcd_ready']) }}
{{- oneByOne('load balancer', cluster.loadBalancers, ['load_balancer']) }}
{{- oneByOne('control plane', cluster.controlPlanes, ['control_plane']) }}
{{- oneByOne('node', cluster.nodes, ['worker']) }}
{{- batches('workers', cluster.workers, ['prerequisites', 'etcd', 'load_balancer', 'control_plane', 'worker']) }}
