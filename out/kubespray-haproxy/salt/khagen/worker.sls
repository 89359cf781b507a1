# The kubelet and what else nodes have.
{%- from 'khagen/phase.jinja' import deliver with context %}
include:
  - khagen.preflight
{{ deliver('worker') }}
