// Package salt holds the rendered Salt states to the manifests that they deliver. Salt itself isn't there: a stand-in renders the
// states by jinja2 in an environment as Salt makes it, and reads the YAML. The templates of secrets go through Ansible as well, and
// have to give the same bytes.
package salt
