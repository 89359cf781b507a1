package native

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/tree"
)

// contained is a program in a container, as its unit or its quadlet starts it.
type contained struct {
	program, user string
	args          []string
	volumes       []string // HOST:CONTAINER:OPTIONS
	tmpfs         []string // FOLDER or FOLDER:OPTIONS
	capabilities  []string
	test          []string // before a reload
}

var (
	startsContainer = contains(`(?m)^ExecStart=/usr/bin/(podman|docker) run |^\[Container\]`)
	startLine       = regexp.MustCompile(`(?m)^ExecStart=/usr/bin/\S+ run (.*)`)
	testLine        = regexp.MustCompile(`(?m)^ExecReload=/usr/bin/\S+ exec \S+ (.*)`)
	quadletLine     = regexp.MustCompile(`(?m)^(Exec|User|Volume|AddCapability|PodmanArgs)=(.*)`)
)

// readContained understands what khagen writes, not all that the engines take: options have their values behind "=".
func readContained(f *tree.File) (contained, error) {
	var c contained
	text := strings.ReplaceAll(string(f.Content), "\\\n", " ")
	if match := testLine.FindStringSubmatch(text); match != nil {
		c.test = strings.Fields(match[1])
	}
	if match := startLine.FindStringSubmatch(text); match != nil {
		words := strings.Fields(match[1])
		image := slices.IndexFunc(words, func(w string) bool { return !strings.HasPrefix(w, "--") })
		if image < 0 {
			return c, errors.New("no image")
		}
		c.options(words[:image])
		c.args = words[image+1:]
	}
	for _, line := range quadletLine.FindAllStringSubmatch(text, -1) {
		switch key, value := line[1], line[2]; key {
		case "Exec":
			c.args = strings.Fields(value)
		case "User":
			c.user = value
		case "Volume":
			c.volumes = append(c.volumes, value)
		case "AddCapability":
			c.capabilities = append(c.capabilities, strings.TrimPrefix(value, "CAP_"))
		case "PodmanArgs":
			c.options(strings.Fields(value))
		}
	}
	if c.program == "" || c.user == "" || len(c.test) == 0 {
		return c, fmt.Errorf("no program, user or test: %+v", c)
	}
	return c, nil
}

func (c *contained) options(words []string) {
	for _, w := range words {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "--entrypoint":
			c.program = value
		case "--user":
			c.user, _, _ = strings.Cut(value, ":")
		case "--volume":
			c.volumes = append(c.volumes, value)
		case "--tmpfs":
			c.tmpfs = append(c.tmpfs, value)
		case "--cap-add":
			c.capabilities = append(c.capabilities, value)
		}
	}
}

// testFlags make a program test its configuration with the arguments that it is started with. nginx's image has stream
// built in.
var testFlags = map[string][]string{
	"haproxy":    {"-c"},
	"keepalived": {"--config-test"},
	"nginx":      {"-t", "-g", "load_module /usr/lib/nginx/modules/ngx_stream_module.so;"},
}

// checkContainer runs the program's tests as the container would: with its user, its capabilities, and the host's folders
// where they are mounted.
func checkContainer(s *site, f *tree.File) error {
	c, err := readContained(f)
	if err != nil {
		return err
	}
	if err := setKernel(s); err != nil {
		return err
	}
	start := slices.Concat([]string{c.program}, testFlags[c.program], c.args)
	reload := c.test
	if c.program == "nginx" {
		reload = slices.Concat(c.test, testFlags["nginx"][1:])
	}
	for _, command := range [][]string{start, reload} {
		if _, err := s.run(append(c.confined(), command...)...); err != nil {
			return err
		}
	}
	return nil
}

// confined runs what follows with the container's mounts, as its user, and with its capabilities alone.
func (c contained) confined() []string {
	script := "set -e\nchown " + c.user + " /proc/self/fd/1 /proc/self/fd/2\n" // as the engines do
	for _, v := range c.volumes {
		source, rest, _ := strings.Cut(v, ":")
		target, _, _ := strings.Cut(rest, ":")
		script += "test -e " + source + " || { echo " + source + " is not there; exit 1; }\n"
		if source != target {
			script += fmt.Sprintf("mount -t tmpfs tmpfs %s; mkdir %s; mount --bind %s %[2]s\n", path.Dir(target), target, source)
		}
	}
	for _, t := range c.tmpfs {
		folder, options, _ := strings.Cut(t, ":")
		script += fmt.Sprintf("mount -t tmpfs -o %s tmpfs %s\n", cmp.Or(options, "rw"), folder)
	}
	bounds := "-all"
	for _, capability := range c.capabilities {
		bounds += ",+" + strings.ToLower(capability)
	}
	return []string{
		"unshare", "--mount", "sh", "-c", script + `exec setpriv "$@"`, "sh",
		"--reuid=" + c.user, "--regid=" + c.user, "--clear-groups", "--inh-caps=-all", "--bounding-set=" + bounds, "--no-new-privs",
	}
}
