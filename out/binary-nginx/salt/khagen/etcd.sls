# A member of etcd. One that doesn't run is started without waiting, since members wait for each other; one that runs is
# restarted only while the others are well.
{%- from 'khagen/phase.jinja' import deliver with context %}
include:
  - khagen.preflight
{{ deliver('etcd') }}
