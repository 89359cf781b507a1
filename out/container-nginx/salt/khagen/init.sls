# All phases of one host. It knows nothing of other hosts, so a highstate of many would restart all of them at once: it does
# nothing unless told to. khagen.orch.deliver brings the hosts in order.
{%- if salt['pillar.get']('khagen_apply', false) %}
include:
  - khagen.prerequisites
  - khagen.etcd
  - khagen.load_balancer
  - khagen.control_plane
  - khagen.worker
{%- else %}
khagen not applied:
  test.nop:
    - name: >-
        nothing is done by a highstate. All hosts in order: salt-run state.orchestrate khagen.orch.deliver saltenv={{ saltenv }}.
        This host alone: state.apply khagen saltenv={{ saltenv }} pillar='{"khagen_apply": true}'
{%- endif %}
