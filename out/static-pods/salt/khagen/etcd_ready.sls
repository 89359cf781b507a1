# Waits until the host's member is ready: it is once most members are. One that joins has to be made known first.
{%- from 'khagen/host.jinja' import manifest with context %}
{%- if manifest.get('state') != 'joining' and 'etcd.service' in manifest.get('units', []) | map(attribute='name') %}
khagen etcd ready:
  cmd.run:
    - name: timeout 300 sh -c 'until systemctl is-active --quiet etcd.service; do sleep 2; done'
    - unless: systemctl is-active --quiet etcd.service
{%- else %}
khagen etcd ready:
  test.succeed_without_changes
{%- endif %}
