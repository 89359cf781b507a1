# What could go wrong, before anything changes. All phases include it: where it fails, nothing is delivered.
{%- from 'khagen/host.jinja' import host, manifest, cluster with context %}
{%- set missing = [] %}
{%- set secrets = salt['pillar.get']('khagen_secrets', {}) or {} %}
{%- for name in cluster.secrets.get(host, []) if secrets.get(name) is not string or not secrets.get(name) %}
{%- do missing.append('khagen_secrets:' ~ name) %}
{%- endfor %}
{%- for file in manifest.get('pki', []) if not salt['pillar.get']('rootfs' ~ file.path | replace('/', ':'), '') %}
{%- do missing.append('rootfs' ~ file.path | replace('/', ':')) %}
{%- endfor %}
khagen preflight:
{%- if missing %}
  test.fail_without_changes:
    - name: {{ ('the pillar of ' ~ grains['id'] ~ ' lacks text at ' ~ missing | join(', ') ~ ': nothing is delivered') | tojson }}
    - failhard: True
{%- else %}
  test.succeed_without_changes
{%- endif %}
