# What a host needs before anything of Kubernetes runs on it: packages, kernel, users, certificates and keys.
{%- from 'khagen/phase.jinja' import deliver with context %}
include:
  - khagen.preflight
  - khagen.packages
{{ deliver('prerequisites') }}
