package registry

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program is the least that says of itself what it needs: a loader, libraries, and where they are.
func program(t *testing.T, loader, folders string, libraries ...string) string {
	t.Helper()
	text, values := []byte{0}, []elf.Dyn64{}
	add := func(tag elf.DynTag, value string) {
		values = append(values, elf.Dyn64{Tag: int64(tag), Val: uint64(len(text))})
		text = append(append(text, value...), 0)
	}
	for _, name := range libraries {
		add(elf.DT_NEEDED, name)
	}
	if folders != "" {
		add(elf.DT_RUNPATH, folders)
	}
	interpreter := append([]byte(loader), 0)
	const head, program, section, dynamic = 64, 56, 64, 16
	starts := []uint64{head + program + 3*section}
	for _, length := range []int{len(interpreter), len(text), dynamic * (len(values) + 1)} {
		starts = append(starts, starts[len(starts)-1]+uint64(length))
	}
	kind := elf.PT_INTERP
	if loader == "" {
		kind = elf.PT_NULL
	}
	header := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: head, Shoff: head + program,
		Ehsize: head, Phentsize: program, Phnum: 1, Shentsize: section, Shnum: 3, Shstrndx: 1,
	}
	copy(header.Ident[:], elf.ELFMAG+"\x02\x01\x01")
	var file bytes.Buffer
	for _, part := range []any{
		header,
		elf.Prog64{Type: uint32(kind), Off: starts[0], Filesz: uint64(len(interpreter))},
		elf.Section64{},
		elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: starts[1], Size: uint64(len(text))},
		elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Off: starts[2], Size: starts[3] - starts[2], Link: 1, Entsize: dynamic},
		interpreter, text, values,
		elf.Dyn64{},
	} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return file.String()
}

// lay writes a root file system: contents by path, or where a link leads after ->.
func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for at, content := range files {
		at = filepath.Join(root, at)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, is := strings.CutPrefix(content, "-> "); is {
			err = os.Symlink(to, at)
		} else {
			err = os.WriteFile(at, []byte(content), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// debian is a root file system as Debian lays it out.
func debian(t *testing.T) string {
	return lay(t, map[string]string{
		"/bin": "-> usr/bin", "/lib": "-> usr/lib", "/lib64": "-> usr/lib64",
		"/usr/lib64/ld.so.2":                 "-> /lib/x86-gnu/ld.so.2",
		"/usr/lib/x86-gnu/ld.so.2":           program(t, "", ""),
		"/usr/bin/sh":                        "-> dash",
		"/usr/bin/dash":                      program(t, "/lib64/ld.so.2", "", "libc.so.6"),
		"/usr/lib/x86-gnu/libc.so.6":         program(t, "", "", "ld.so.2"),
		"/usr/sbin/proxy":                    program(t, "/lib64/ld.so.2", "$ORIGIN/../lib/proxy:/nowhere", "libown.so.1", "libc.so.6"),
		"/usr/lib/proxy/libown.so.1":         "-> libown.so.1.2",
		"/usr/lib/proxy/libown.so.1.2":       program(t, "", "", "libdeep.so"),
		"/usr/lib/x86-gnu/libdeep.so":        program(t, "", ""),
		"/usr/lib/x86-gnu/modules/one.so":    program(t, "", "", "libdeep.so"),
		"/usr/lib/x86-gnu/modules/README":    "text",
		"/usr/lib/x86-gnu/libneverneeded.so": "",
		"/etc/alternatives/table":            "-> /usr/sbin/proxy",
		"/usr/sbin/table":                    "-> /etc/alternatives/table",
		"/usr/bin/script":                    "#! /bin/sh -e\nproxy\n",
		"/usr/sbin/broken":                   program(t, "/lib64/ld.so.2", "/usr/lib/other", "libgone.so"),
		"/usr/sbin/round":                    "-> around",
		"/usr/sbin/around":                   "-> round",
		"/usr/bin/static":                    program(t, "", ""),
	})
}

// TestTake takes programs with what they need, and nothing else.
func TestTake(t *testing.T) {
	s, err := newSystem(debian(t))
	if err != nil {
		t.Fatal(err)
	}
	shell := []string{"/bin", "/lib", "/lib64", "/usr/bin/dash", "/usr/bin/sh", "/usr/lib/x86-gnu/ld.so.2", "/usr/lib/x86-gnu/libc.so.6", "/usr/lib64/ld.so.2"}
	proxy := []string{
		"/etc/alternatives/table", "/lib", "/lib64", "/usr/lib/proxy/libown.so.1", "/usr/lib/proxy/libown.so.1.2", "/usr/lib/x86-gnu/ld.so.2",
		"/usr/lib/x86-gnu/libc.so.6", "/usr/lib/x86-gnu/libdeep.so", "/usr/lib64/ld.so.2", "/usr/sbin/proxy", "/usr/sbin/table",
	}
	modules := []string{"/lib", "/usr/lib/x86-gnu/libdeep.so", "/usr/lib/x86-gnu/modules", "/usr/lib/x86-gnu/modules/README", "/usr/lib/x86-gnu/modules/one.so"}
	for wanted, want := range map[string][]string{
		"/bin/sh": shell, "/usr/bin/script": slices.Sorted(slices.Values(append(slices.Clone(shell), "/usr/bin/script"))), "/usr/sbin/table": proxy, "/lib/x86-gnu/modules": modules,
	} {
		got := tree{}
		if err := s.take(got, wanted); err != nil {
			t.Errorf("%s: %v", wanted, err)
		}
		if paths := slices.Sorted(maps.Keys(got)); !slices.Equal(paths, want) {
			t.Errorf("%s\n got %v\nwant %v", wanted, paths, want)
		}
		if _, err := got.paths(); err != nil {
			t.Errorf("%s makes no layer: %v", wanted, err)
		}
	}
	for wanted, want := range map[string]string{
		"/usr/sbin/broken": "no library libgone.so in [/usr/lib/other /usr/lib/x86-gnu /lib /usr/lib]",
		"/usr/sbin/round":  "too many symbolic links",
		"/usr/sbin/gone":   "no such file",
	} {
		if err := s.take(tree{}, wanted); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", wanted, err, want)
		}
	}
}

// A program of the machine comes alone: with a loader, it wouldn't start.
func TestProgram(t *testing.T) {
	root := debian(t)
	if err := (tree{}).program("/static", filepath.Join(root, "usr/bin/static")); err != nil {
		t.Error(err)
	}
	if err := (tree{}).program("/proxy", filepath.Join(root, "usr/sbin/proxy")); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("got %v", err)
	}
}
