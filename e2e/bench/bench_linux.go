package main

import (
	"errors"
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
	copied, synced           series // cp -r of that out/; the same with a sync of the file system, which a build has in it too
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

// measure takes all steps in turn, round by round, so that a busy moment of the machine hits all of them.
func measure(dir string, f fleet, p programs) (*result, error) {
	b := &bench{result: result{fleet: f}, programs: p, dir: dir, vet: f.clusters == 1 && f.hosts <= 20}
	b.try(f.write(dir))
	if b.vet {
		b.try(b.writeVet())
	}
	for round := 0; round < f.rounds && b.err == nil; round++ {
		fmt.Fprintf(os.Stderr, "bench: %s hosts, round %d of %d\n", thousands(f.hosts), round+1, f.rounds)
		b.round()
	}
	return &b.result, b.err
}

func (b *bench) round() {
	if b.vet {
		b.step(&b.vetted, b.cue, "-C", "vet", "vet", "-c", "./fleet")
	}
	b.step(&b.cold, b.khagen, "build")
	b.step(&b.copied, "cp", "-r", "out", "copy")
	b.try(os.RemoveAll(b.path("copy")))
	b.step(&b.synced, "sh", "-c", "cp -r out copy && sync -f copy")
	b.try(os.RemoveAll(b.path("copy")))
	b.step(&b.unchanged, b.khagen, "build")
	b.try(b.move(b.dir, there))
	b.step(&b.oneHost, b.khagen, "build")
	b.try(b.move(b.dir, here))
	b.try(b.count())
	b.try(os.RemoveAll(b.path("out")))
}

// step runs a program and adds what it took.
func (b *bench) step(s *series, program string, args ...string) {
	if b.err != nil {
		return
	}
	u, err := execute(b.dir, program, args...)
	*s = append(*s, u)
	b.err = err
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
	return errors.Join(
		os.CopyFS(b.path("vet/schema"), os.DirFS(b.schema)),
		writeFile(b.path("vet/cue.mod/module.cue"), moduleFile),
		writeFile(b.path("vet/fleet/cluster.cue"), b.definition(0, here)),
		writeFile(b.path("vet/fleet/schema.cue"), "package fleet\n\nimport \"fleet.example/schema\"\n\ncluster: schema.#Cluster\n"),
	)
}

// count sees how many files were built.
func (b *bench) count() error {
	b.files = 0
	return filepath.WalkDir(b.path("out"), func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			b.files++
		}
		return err
	})
}
