package salt_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/khagen/khagen/internal/tree"
)

// TestStates: what each host of the reference clusters gets is what its manifest lists, once, in order, with what it asks for.
func TestStates(t *testing.T) {
	t.Parallel()
	var hosts []*host
	var jobs []job
	for _, c := range clusters(t) {
		for _, m := range c.state.Hosts {
			hosts = append(hosts, &host{c: c, m: m, used: map[int]bool{}})
			jobs = append(jobs, c.job(m.Host, c.pillar(m), allPhases()...))
		}
	}
	answers := ask(t, jobs...)
	for i, h := range hosts {
		t.Run(h.c.state.Name+"/"+h.m.Host, func(t *testing.T) {
			if answers[i].Error != "" {
				t.Fatal(answers[i].Error)
			}
			h.t, h.states = t, answers[i].States
			h.files()
			h.keys()
			h.programs()
			h.packages()
			h.actions()
			h.units()
			h.order()
			h.nothingElse()
		})
	}
	shell(t, answers)
}

// host is what a host gets, and its manifest.
type host struct {
	t      *testing.T
	c      *cluster
	m      *tree.Manifest
	states []state
	used   map[int]bool // those that a manifest asks for
}

// writes gives the one state by a function that writes a path.
func (h *host) writes(path, id string) *state {
	var found *state
	for i := range h.states {
		if s := &h.states[i]; s.ID == id {
			if found != nil {
				h.t.Errorf("%s: twice", id)
			}
			found, h.used[i] = s, true
		}
	}
	if found == nil {
		h.t.Errorf("nothing writes %s", path)
		return &state{}
	}
	return found
}

// has wants arguments of a state to be so.
func (h *host) has(s *state, want map[string]any) {
	for name, value := range want {
		if !reflect.DeepEqual(s.Args[name], value) {
			h.t.Errorf("%s: %s is %v, want %v", s.ID, name, s.Args[name], value)
		}
	}
}

func placed(path, mode, owner string) map[string]any {
	user, group, _ := strings.Cut(owner, ":")
	return map[string]any{"name": path, "mode": mode, "user": user, "group": group, "makedirs": true, "dir_mode": "0755"}
}

func (h *host) files() {
	for _, f := range h.m.Files {
		kind := cmp.Or(map[tree.Kind]string{tree.KindObject: "file"}[f.Kind], string(f.Kind))
		s := h.writes(f.Path, "khagen "+kind+" "+f.Path)
		place := (&tree.File{Host: h.m.Host, Path: f.Path, Kind: f.Kind}).TreePath()
		content, err := h.c.state.Read(place)
		if err != nil {
			h.t.Fatal(err)
		}
		if s.SLS != phases[f.Phase] {
			h.t.Errorf("%s is of phase %s, not of %s", f.Path, f.Phase, s.SLS)
		}
		if f.Kind == tree.KindBlock {
			around := h.writes(f.Path, "khagen file around block "+f.Path)
			h.has(around, placed(f.Path, f.Mode, f.Owner))
			h.has(around, map[string]any{"replace": false})
			if got := s.text("marker_start") + "\n" + s.text("content") + s.text("marker_end") + "\n"; got != string(content) {
				h.t.Errorf("%s becomes\n%s\nand is\n%s", f.Path, got, content)
			}
			h.has(s, map[string]any{"name": f.Path, "append_if_not_found": true, "backup": false})
			continue
		}
		h.has(s, placed(f.Path, f.Mode, f.Owner))
		h.has(s, map[string]any{"source": "salt://" + place})
		if f.Kind != tree.KindSecret {
			if s.Args["template"] != nil || s.Args["contents"] != nil {
				h.t.Errorf("%s isn't copied verbatim", f.Path)
			}
			continue
		}
		h.has(s, map[string]any{"template": "jinja", "show_changes": false})
		context, _ := s.Args["context"].(map[string]any)
		given, _ := context["khagen_secrets"].(map[string]any)
		for _, name := range placeholder.FindAllSubmatch(content, -1) {
			if given[string(name[1])] != "the value of "+string(name[1]) {
				h.t.Errorf("%s gets no %s", f.Path, name[1])
			}
		}
	}
}

func (h *host) keys() {
	for _, f := range h.m.PKI {
		s := h.writes(f.Path, "khagen key "+f.Path)
		h.has(s, placed(f.Path, f.Mode, f.Owner))
		h.has(s, map[string]any{"contents_pillar": "rootfs" + strings.ReplaceAll(f.Path, "/", ":"), "show_changes": false})
		if s.Args["source"] != nil {
			h.t.Errorf("%s comes from the file server, which shows it to all minions", f.Path)
		}
		if f.Owner != "root:root" {
			folder := h.writes(f.Path, "khagen folder of key "+f.Path)
			h.has(folder, map[string]any{"creates": filepath.Dir(f.Path)})
		}
	}
}

func (h *host) programs() {
	for _, p := range h.m.Programs {
		s := h.writes(p.Path, "khagen program "+p.Path)
		url, sum := strings.ReplaceAll(p.URL, "{arch}", "amd64"), strings.ReplaceAll(p.Checksum, "{arch}", "amd64")
		if s.SLS != phases[p.Phase] {
			h.t.Errorf("%s is of phase %s, not of %s", p.Path, p.Phase, s.SLS)
		}
		if p.Member == "" {
			h.has(s, placed(p.Path, p.Mode, "root:root"))
			h.has(s, map[string]any{"source": url, "source_hash": sum})
			continue
		}
		archive := h.writes(p.Path, "khagen archive "+string(p.Phase)+" "+url)
		h.has(archive, map[string]any{"source": url, "source_hash": sum})
		if !slices.Contains(s.requisites("require"), archive.key()) {
			h.t.Errorf("%s doesn't wait for its archive", p.Path)
		}
		member := strings.ReplaceAll(p.Member, "{arch}", "amd64")
		for _, want := range []string{"'" + archive.text("name") + "' '" + member + "'", " && chmod " + p.Mode + " ", " '" + p.Path + "'"} {
			if !strings.Contains(s.text("name"), want) {
				h.t.Errorf("%s: %s lacks %s", p.Path, s.text("name"), want)
			}
		}
	}
}

func (h *host) packages() {
	got := map[string]string{}
	for i := range h.states {
		s := &h.states[i]
		if s.Function != "pkg.installed" {
			continue
		}
		h.used[i] = true
		list, _ := s.Args["pkgs"].([]any)
		for _, one := range list {
			name, version := one, any("")
			if pair, ok := one.(map[string]any); ok {
				for name, version = range pair {
				}
			}
			got[fmt.Sprint(name)] = fmt.Sprint(version, s.Args["hold"] == true)
		}
	}
	want := map[string]string{}
	for _, p := range h.m.Packages {
		want[p.Name] = fmt.Sprint(p.Version, p.Hold)
	}
	if !reflect.DeepEqual(got, want) {
		h.t.Errorf("installs %v, want %v", got, want)
	}
}

// due is the record of an action.
func due(action string) string { return "/var/lib/khagen/salt/" + strings.ReplaceAll(action, " ", "_") }

// actions: what a file, key or program asks for is noted where it changes, and done by something later.
func (h *host) actions() {
	check := func(id string, notify []string) {
		note := "khagen due by " + id
		at := slices.IndexFunc(h.states, func(s state) bool { return s.ID == note })
		if (at >= 0) != (len(notify) > 0) {
			h.t.Errorf("%s asks for %v, and of that is noted: %v", id, notify, at >= 0)
		}
		if at < 0 {
			return
		}
		h.used[at] = true
		writer := slices.IndexFunc(h.states, func(s state) bool { return s.ID == "khagen "+id })
		if got := h.states[at].requisites("onchanges"); writer < 0 || !slices.Equal(got, []string{h.states[writer].key()}) {
			h.t.Errorf("%s is noted when %v changes", id, got)
		}
		noted := strings.Fields(strings.TrimPrefix(h.states[at].text("name"), "mkdir -p /var/lib/khagen/salt && touch "))
		for i, action := range notify {
			if i >= len(noted) || noted[i] != due(action) {
				h.t.Errorf("%s notes %v, want %v", id, noted, notify)
				return
			}
			h.done(at, writer, action)
		}
	}
	for _, f := range h.m.Files {
		check(cmp.Or(map[tree.Kind]string{tree.KindObject: "file"}[f.Kind], string(f.Kind))+" "+f.Path, f.Notify)
	}
	for _, p := range h.m.Programs {
		check("program "+p.Path, p.Notify)
	}
	for _, k := range h.m.PKI {
		check("key "+k.Path, k.Notify)
	}
}

// done wants an action to be done after it was noted, and forgotten then.
func (h *host) done(noted, writer int, action string) {
	verb, name, _ := strings.Cut(action, " ")
	for i := noted + 1; i < len(h.states); i++ {
		s := &h.states[i]
		suffix := strings.TrimPrefix(s.ID, "khagen ")
		phase, rest, _ := strings.Cut(suffix, " ")
		if rest != action || phases[tree.Phase(phase)] != s.SLS {
			continue
		}
		if s.Function == "cmd.run" {
			want := map[string]string{
				"daemon-reload": "systemctl daemon-reload", "sysusers": "systemd-sysusers", "sysctl": "sysctl --system",
				"modules": "systemctl restart systemd-modules-load.service", "try-restart": "systemctl try-restart " + name + ";",
				"signal": "kill -HUP", "restart": "crictl stop",
			}[verb]
			if run := s.text("name"); !strings.Contains(run, want) || !strings.HasSuffix(run, " && rm -f "+due(action)) {
				h.t.Errorf("%s is done by %s", action, run)
			}
			h.has(s, map[string]any{"onlyif": "test -e " + due(action)})
			return
		}
		h.has(s, map[string]any{"name": name})
		if h.asksLater(phase, name) != slices.Contains(texts(s.Args["onlyif"]), "systemctl cat "+name+" >/dev/null 2>&1") {
			h.t.Errorf("%s runs where %v, and the unit may come later: %v", s.ID, s.Args["onlyif"], h.asksLater(phase, name))
		}
		if s.Function != "service.running" || (s.Args["reload"] == true) != (verb == "reload") {
			h.t.Errorf("%s is done by %s, reload %v", action, s.Function, s.Args["reload"])
		}
		watched := s.requisites("watch")
		if !slices.Contains(watched, "cmd: "+s.ID+" is due") {
			h.t.Errorf("%s doesn't look at what is due", s.ID)
		}
		if w := &h.states[writer]; verb == "restart" && w.SLS == s.SLS && !slices.Contains(watched, w.key()) {
			h.t.Errorf("%s doesn't watch %s", s.ID, w.ID)
		}
		forgets := slices.IndexFunc(h.states, func(f state) bool { return f.ID == s.ID+" is done" })
		if forgets < i || h.states[forgets].text("name") != due(action) {
			h.t.Errorf("%s is never forgotten", action)
		}
		return
	}
	h.t.Errorf("%s asks for %s, which nothing does", h.states[writer].ID, action)
}

// asksLater says whether files of a later phase ask for something of a unit, which may not be there before.
func (h *host) asksLater(phase, unit string) bool {
	at := slices.Index(tree.Phases, tree.Phase(phase))
	later := func(p tree.Phase, notify []string) bool {
		return slices.Index(tree.Phases, p) > at && slices.ContainsFunc(notify, func(a string) bool { return strings.HasSuffix(a, " "+unit) })
	}
	return slices.ContainsFunc(h.m.Files, func(f tree.ManifestFile) bool { return later(f.Phase, f.Notify) }) ||
		slices.ContainsFunc(h.m.Programs, func(p tree.Program) bool { return later(p.Phase, p.Notify) })
}

// units: those of the manifest are enabled, and no other.
func (h *host) units() {
	enabled := map[string]bool{}
	for i := range h.states {
		if s := &h.states[i]; s.Function == "service.enabled" || s.Args["enable"] == true {
			enabled[s.text("name")] = true
			h.used[i] = true
		}
	}
	for _, u := range h.m.Units {
		if !enabled[u.Name] {
			h.t.Errorf("%s isn't enabled", u.Name)
		}
		delete(enabled, u.Name)
	}
	if len(enabled) > 0 {
		h.t.Errorf("enabled, too: %v", enabled)
	}
}

// order: phases, requisites that exist and come before, users before their files, files before the restarts that read them.
func (h *host) order() {
	at := map[string]int{}
	last := ""
	for i := range h.states {
		s := &h.states[i]
		at[s.key()] = i
		if slices.Index(allPhases(), s.SLS) >= 0 {
			if slices.Index(allPhases(), s.SLS) < slices.Index(allPhases(), last) {
				h.t.Errorf("%s comes after %s", s.SLS, last)
			}
			last = s.SLS
		}
		for _, kind := range []string{"require", "watch", "onchanges"} {
			for _, other := range s.requisites(kind) {
				if _, before := at[other]; !before {
					h.t.Errorf("%s has %s of %s, which isn't before it", s.ID, kind, other)
				}
			}
		}
	}
	for i := range h.states {
		for _, other := range h.states[i].requisites("require_in") {
			if at[other] <= i {
				h.t.Errorf("%s is required in %s, which isn't after it", h.states[i].ID, other)
			}
		}
	}
	for i := range h.states {
		s := &h.states[i]
		users, made := at["cmd: khagen prerequisites sysusers"]
		if group := s.text("group"); made && group != "" && group != "root" && i < users && strings.HasPrefix(s.ID, "khagen key ") {
			h.t.Errorf("%s comes before its user", s.ID)
		}
		if s.Function != "service.running" {
			continue
		}
		for j := i + 1; j < len(h.states); j++ {
			if o := &h.states[j]; o.SLS == s.SLS && (strings.HasPrefix(o.ID, "khagen file ") || strings.HasPrefix(o.ID, "khagen key ")) {
				h.t.Errorf("%s comes after %s", o.ID, s.ID)
			}
		}
	}
}

// nothingElse: no state writes what the manifest doesn't list.
func (h *host) nothingElse() {
	for i := range h.states {
		s := &h.states[i]
		if !h.used[i] && slices.Contains([]string{"file.managed", "file.blockreplace", "pkg.installed", "service.enabled"}, s.Function) {
			h.t.Errorf("%s: nobody asked for it", s.ID)
		}
		if s.Function == "file.absent" && !strings.HasPrefix(s.text("name"), "/var/lib/khagen/salt/") {
			h.t.Errorf("%s removes %s", s.ID, s.text("name"))
		}
	}
}
