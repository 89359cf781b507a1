package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// programs are what the bench starts and needs: two binaries and the folder of khagen's schema.
type programs struct{ khagen, cue, schema string }

// result has the measured steps of one fleet, round by round.
type result struct {
	fleet
	files                    int    // below out/
	cold, unchanged, oneHost series // khagen build: without an out/, once more, after one host's address changed
	copied, synced           series // cp -r of that out/; the same and a sync of the file system, which a build has in it too
	vetted                   series // cue vet of the definition; empty where the fleet isn't compared with it
}

// bench measures one fleet in dir.
type bench struct {
	result
	programs
	dir string
	vet bool
	err error
}

// measure takes the steps in turn, round by round, so that a busy moment of the machine hits all of them. Nothing is
// deleted before all rounds of the copies are done: for minutes after that, ext4 takes several times as long to make new
// files. A build that exchanges a folder deletes the old one, so these builds have rounds of their own.
func measure(dir string, f fleet, p programs) (*result, error) {
	b := &bench{result: result{fleet: f}, programs: p, dir: dir, vet: f.clusters == 1 && f.hosts <= 20}
	b.try(f.write(dir))
	if b.vet {
		b.try(b.writeVet())
	}
	for round := 0; round < f.rounds && b.err == nil; round++ {
		fmt.Fprintf(os.Stderr, "bench: %s hosts, round %d of %d\n", thousands(f.hosts), round+1, f.rounds)
		b.whole(round)
	}
	b.count()
	for round := 0; round < f.rounds && b.err == nil; round++ {
		fmt.Fprintf(os.Stderr, "bench: %s hosts, one address, round %d of %d\n", thousands(f.hosts), round+1, f.rounds)
		b.try(b.move(dir, there-round%2))
		b.step(&b.oneHost, b.khagen, "build")
	}
	return &b.result, b.err
}

// whole builds everything, after what earlier rounds wrote is put aside.
func (b *bench) whole(round int) {
	if b.vet {
		b.step(&b.vetted, b.cue, "-C", "vet", "vet", "-c", "./fleet")
	}
	if round > 0 {
		old := b.path(fmt.Sprintf("old-%d", round))
		b.try(os.Mkdir(old, 0o755))
		b.try(os.Rename(b.path("out"), filepath.Join(old, "out")))
		b.try(os.Rename(b.path("copy"), filepath.Join(old, "copy")))
	}
	b.step(&b.cold, b.khagen, "build")
	b.step(&b.copied, "cp", "-r", "out", "copy")
	b.sync()
	b.step(&b.unchanged, b.khagen, "build")
}

// step settles the file system, so that nobody pays for what was done before, runs a program and adds what it took.
func (b *bench) step(s *series, program string, args ...string) {
	b.execute("sync", "-f", ".")
	u := b.execute(program, args...)
	*s = append(*s, u)
}

// sync brings the copy to the disk, as a build does with what it has written.
func (b *bench) sync() {
	u := b.execute("sync", "-f", "copy")
	if b.err == nil {
		u.add(b.copied[len(b.copied)-1])
		b.synced = append(b.synced, u)
	}
}

func (b *bench) execute(program string, args ...string) usage {
	if b.err != nil {
		return usage{}
	}
	u, err := execute(b.dir, program, args...)
	b.err = err
	return u
}

// try keeps the first error, after which no more steps are taken.
func (b *bench) try(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// writeVet makes a CUE module in which CUE's own program puts the definition to khagen's schema.
func (b *bench) writeVet() error {
	files := map[string]string{
		"vet/cue.mod/module.cue": moduleFile,
		"vet/fleet/cluster.cue":  b.definition(0, here),
		"vet/fleet/schema.cue":   "package fleet\n\nimport \"fleet.example/schema\"\n\ncluster: schema.#Cluster\n",
	}
	parts, err := filepath.Glob(filepath.Join(b.schema, "*.cue"))
	if err != nil {
		return err
	}
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			return err
		}
		files["vet/schema/"+filepath.Base(part)] = string(text)
	}
	for name, text := range files {
		if err := writeFile(b.path(name), text); err != nil {
			return err
		}
	}
	return nil
}

// count sees how many files were built.
func (b *bench) count() {
	b.try(filepath.WalkDir(b.path("out"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			b.files++
		}
		return err
	}))
}
