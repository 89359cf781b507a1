# The balancer, and what holds the virtual address.
{%- from 'khagen/phase.jinja' import deliver with context %}
include:
  - khagen.preflight
{{ deliver('load-balancer') }}
