package export

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Place is where blocks are put on the host, beside the script that brings them into the files of others.
const Place = "/usr/share/khagen"

//go:embed blocks.sh
var blocksScript []byte

// entries are the files of a tar or a folder, and the folders above them, each before what it holds.
func (e *Export) entries() []entry {
	files := slices.Clone(e.Files)
	root := File{Mode: 0o644, Owner: "root", Group: "root"}
	for _, b := range e.Blocks {
		f := root
		f.Path, f.Content = path.Join(Place, "blocks", b.Path), b.Content
		files = append(files, f)
	}
	if len(e.Blocks) > 0 {
		root.Path, root.Mode, root.Content = path.Join(Place, "blocks.sh"), 0o755, blocksScript
		files = append(files, root)
	}
	var all []entry
	seen := map[string]bool{"/": true}
	for _, f := range files {
		for dir := path.Dir(f.Path); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			mode, system := systemFolders[dir]
			folder := File{Path: dir, Mode: cmp.Or(mode, 0o755), Owner: "root", Group: "root"}
			all = append(all, entry{File: folder, folder: true, system: system})
		}
		all = append(all, entry{File: f})
	}
	slices.SortFunc(all, func(a, b entry) int {
		return slices.Compare(strings.Split(a.Path, "/"), strings.Split(b.Path, "/"))
	})
	return all
}

// entry is a file or folder.
type entry struct {
	File
	folder bool
	system bool // a folder that every system has: none of ours to set mode and owner of
}

// systemFolders are those of Debian's, Ubuntu's and RHEL's base systems, with their modes where these aren't 0755.
var systemFolders = map[string]fs.FileMode{
	"/bin": 0, "/boot": 0, "/dev": 0, "/etc": 0, "/home": 0, "/lib": 0, "/lib64": 0, "/media": 0, "/mnt": 0, "/opt": 0,
	"/proc": 0, "/root": 0o700, "/run": 0, "/sbin": 0, "/srv": 0, "/sys": 0, "/tmp": 0o777 | fs.ModeSticky, "/usr": 0, "/var": 0,
	"/etc/cron.d": 0, "/etc/default": 0, "/etc/modules-load.d": 0, "/etc/profile.d": 0, "/etc/security": 0, "/etc/ssh": 0,
	"/etc/ssl": 0, "/etc/sysctl.d": 0, "/etc/systemd": 0, "/etc/systemd/system": 0, "/etc/tmpfiles.d": 0, "/etc/udev": 0,
	"/usr/bin": 0, "/usr/lib": 0, "/usr/libexec": 0, "/usr/local": 0, "/usr/local/bin": 0, "/usr/local/etc": 0,
	"/usr/local/lib": 0, "/usr/local/sbin": 0, "/usr/local/share": 0, "/usr/sbin": 0, "/usr/share": 0,
	"/var/cache": 0, "/var/lib": 0, "/var/log": 0, "/var/run": 0, "/var/spool": 0, "/var/tmp": 0o777 | fs.ModeSticky,
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return hex.EncodeToString(s[:])
}
