package registry

import (
	"fmt"
	"io/fs"
)

// base is what programs expect of any image.
func base() tree {
	t := tree{}
	t.file("/etc/passwd", "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n")
	t.file("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
	t.folder("/root", 0o700)
	t.folder("/run", 0o755)
	t.folder("/tmp", fs.ModeSticky|0o777)
	t.link("/var/run", "/run")
	return t
}

// user adds a user and its group.
func (t tree) user(name string, id int, home string) {
	t.file("/etc/passwd", fmt.Sprintf("%s%s:x:%d:%d:%s:%s:/sbin/nologin\n", t["/etc/passwd"].Content, name, id, id, name, home))
	t.file("/etc/group", fmt.Sprintf("%s%s:x:%d:\n", t["/etc/group"].Content, name, id))
}

// balancerImages are those of load balancers. Users, paths and signals are those of the images that are stood for.
func balancerImages(v Versions, debian *system) ([]image, error) {
	var all []image
	for _, of := range []struct {
		name string
		make func(*system) (image, error)
	}{{v.HAProxy, haproxyImage}, {v.Keepalived, keepalivedImage}, {v.Nginx, nginxImage}} {
		if of.name == "" {
			continue
		}
		if _, _, _, err := splitName(of.name); err != nil {
			return nil, err
		}
		i, err := of.make(debian)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", of.name, err)
		}
		i.name = of.name
		all = append(all, i)
	}
	return all, nil
}

// haproxyImage is as https://github.com/docker-library/haproxy has it, but for the entrypoint, which nothing here uses.
func haproxyImage(debian *system) (image, error) {
	t := base()
	t.user("haproxy", 99, "/var/lib/haproxy")
	t.folder("/usr/local/etc/haproxy", 0o755)
	t.folder("/var/lib/haproxy", 0o777)
	return image{tree: t, run: run{
		User: "haproxy", Env: []string{defaultPath}, WorkingDir: "/var/lib/haproxy", StopSignal: "SIGUSR1",
		Cmd: []string{"haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"},
	}}, debian.take(t, "/usr/sbin/haproxy")
}

// keepalivedImage has what check scripts are written with.
func keepalivedImage(debian *system) (image, error) {
	t := base()
	return image{tree: t, run: run{
		Env: []string{defaultPath}, WorkingDir: "/",
		Entrypoint: []string{"keepalived", "--dont-fork", "--log-console"},
	}}, debian.take(t, "/usr/sbin/keepalived", "/bin/sh", "/usr/bin/curl")
}

// nginxScript stands before Debian's nginx: what is rendered for containers relies on a module that Debian has beside it.
const nginxScript = `#!/bin/sh
exec /usr/sbin/nginx -g 'load_module %s;' "$@"
`

// nginxConfig is the image's own, without what it says of logs and of types of files.
const nginxConfig = `user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;
events {
    worker_connections  1024;
}
http {
    sendfile        on;
    keepalive_timeout  65;
    include /etc/nginx/conf.d/*.conf;
}
`

// nginxImage is as https://github.com/nginxinc/docker-nginx has it, but for the entrypoint, which nothing here uses, and
// the sites.
func nginxImage(debian *system) (image, error) {
	t := base()
	t.user("nginx", 101, "/nonexistent")
	t.file("/etc/nginx/nginx.conf", nginxConfig)
	t.folder("/etc/nginx/conf.d", 0o755)
	for _, folder := range []string{"body", "fastcgi", "proxy", "scgi", "uwsgi"} { // nginx can't make them where it may not write
		t.folder("/var/lib/nginx/"+folder, 0o777)
	}
	t.folder("/var/log/nginx", 0o755)
	t.link("/var/log/nginx/access.log", "/dev/stdout")
	t.link("/var/log/nginx/error.log", "/dev/stderr")
	const module = "/usr/lib/nginx/modules/ngx_stream_module.so"
	t["/usr/local/sbin/nginx"] = entry{Mode: 0o755, Content: fmt.Appendf(nil, nginxScript, module)}
	return image{tree: t, run: run{
		Env: []string{defaultPath}, WorkingDir: "/", StopSignal: "SIGQUIT", Cmd: []string{"nginx", "-g", "daemon off;"},
	}}, debian.take(t, "/usr/sbin/nginx", "/bin/sh", module)
}
