package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// user is a line of a host's passwd, and of its group.
type user struct {
	name string
	id   int
}

// users are the accounts that Debian's packages make, and nginx, which RHEL's makes. Other programs than those under test don't look.
func users() []user {
	list := []user{
		{"root", 0},
		{"www-data", 33},
		{"haproxy", 101},
		{"keepalived_script", 102},
		{"etcd", 103},
		{"_chrony", 104},
		{"nginx", 105},
		{"nogroup", 65534},
		{"nobody", 65534},
	}
	if !HasUsers() {
		// A daemon can change its user to itself alone, so every name stands for that one user.
		for i := range list {
			list[i].id = 0
		}
	}
	return list
}

// baseFiles is a minimal /etc, and the folders and links that packages bring.
func baseFiles() []File {
	var passwd, group strings.Builder
	for _, u := range users() {
		fmt.Fprintf(&passwd, "%s:x:%d:%d::/:/usr/sbin/nologin\n", u.name, u.id, u.id)
		fmt.Fprintf(&group, "%s:x:%d:\n", u.name, u.id)
	}
	return []File{
		{Path: "/etc/passwd", Content: []byte(passwd.String())},
		{Path: "/etc/group", Content: []byte(group.String())},
		{Path: "/etc/nsswitch.conf", Content: []byte("passwd: files\ngroup: files\nhosts: files\n")},
		{Path: "/etc/hosts", Content: []byte("127.0.0.1 localhost\n::1 localhost ip6-localhost\n")},
		{Path: "/var/lib/haproxy/.keep"}, // haproxy's chroot
		{Path: "/run/haproxy/.keep"},     // and its sockets
		{Path: "/var/log/nginx/.keep"},
		{Path: "/var/lib/nginx/.keep"},
		{Path: "/etc/nginx/modules-enabled/50-mod-stream.conf", Content: []byte(loadStream)}, // Debian's
		{Path: "/usr/share/nginx/modules/mod-stream.conf", Content: []byte(loadStream)},      // RHEL's
	}
}

const loadStream = "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n"

type owners map[string]int

func newOwners() owners {
	o := owners{}
	for _, u := range users() {
		o[u.name] = u.id
	}
	return o
}

// lookUp gives the ids of "user:group", each by its name or number.
func (o owners) lookUp(owner string) (uid, gid int, err error) {
	if owner == "" {
		return 0, 0, nil
	}
	name, group, _ := strings.Cut(owner, ":")
	if uid, err = o.id(name); err != nil {
		return 0, 0, err
	}
	gid, err = o.id(group)
	return uid, gid, err
}

func (o owners) id(name string) (int, error) {
	if id, known := o[name]; known {
		return id, nil
	}
	number, err := strconv.Atoi(name)
	if err != nil {
		return 0, fmt.Errorf("no such user or group: %q", name)
	}
	if !HasUsers() {
		number = 0
	}
	return number, nil
}
