package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

// overlays is the folder of the definitions, seen from the repository's root.
const overlays = "overlays"

// load reads the definitions in dirs and works out what follows from them. It gives the clusters that it understood,
// and the mistakes in all others.
func load(ctx context.Context, dirs []string, progress *progress) ([]*topology.Cluster, []problem, error) {
	clusters := make([]*topology.Cluster, len(dirs))
	problems := make([][]problem, len(dirs))
	err := each(ctx, len(dirs), func(i int) (err error) {
		progress.set("read %s (%d of %d)", dirs[i], i+1, len(dirs))
		clusters[i], err = understand(dirs[i])
		if problems[i] = mistakes(err, filepath.Base(dirs[i])); problems[i] != nil {
			return nil
		}
		return err
	})
	clusters = slices.DeleteFunc(clusters, func(c *topology.Cluster) bool { return c == nil })
	return clusters, slices.Concat(problems...), err
}

// understand reads one definition and works out what follows from it.
func understand(dir string) (*topology.Cluster, error) {
	spec, err := schema.Load(dir)
	if err != nil {
		return nil, err
	}
	if err := tooOld(spec, thisBuild().Version); err != nil {
		return nil, err
	}
	cluster, err := topology.New(spec)
	if err != nil {
		return nil, schema.Error{Pos: schema.Position{File: dir}, Problem: err.Error()}
	}
	return cluster, nil
}

// tooOld tells whether the definition wants a newer khagen than the one with this version.
func tooOld(spec *schema.Cluster, own string) error {
	if !isOlder(own, spec.KhagenVersion) {
		return nil
	}
	return schema.Error{
		Pos: spec.Position("khagenVersion"), Path: "khagenVersion",
		Problem: fmt.Sprintf("want khagen %s or newer, this is %s", spec.KhagenVersion, own),
		Hint:    "update khagen",
	}
}

// find gives the folders of all clusters; none at all is an error that says what to do.
func find() ([]string, error) {
	if _, err := os.Stat(overlays); errors.Is(err, fs.ErrNotExist) {
		return nil, noOverlays()
	}
	dirs, err := schema.Find(overlays)
	if err == nil && len(dirs) == 0 {
		err = fmt.Errorf("no cluster below %s/: a cluster is a folder with cluster.cue or cluster.yaml in it, and khagen init makes one", overlays)
	}
	return dirs, err
}

// noOverlays says where overlays/ is, or that it has to be made.
func noOverlays() error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	up := ".."
	for dir := filepath.Dir(here); ; dir, up = filepath.Dir(dir), filepath.Join(up, "..") {
		if info, err := os.Stat(filepath.Join(dir, overlays)); err == nil && info.IsDir() {
			return fmt.Errorf("no folder %s/ here, but in %s: use khagen -C %s", overlays, dir, up)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return fmt.Errorf("no folder %[1]s/ in %[2]s: run khagen beside it (or with -C DIR), or begin with khagen init", overlays, here)
}
