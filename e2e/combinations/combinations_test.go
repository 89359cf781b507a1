package combinations

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/khagen/khagen/generators"
	"github.com/khagen/khagen/internal/delivery"
	"github.com/khagen/khagen/internal/rules"
	"github.com/khagen/khagen/internal/topology"
	"github.com/khagen/khagen/schema"
)

func TestCombinations(t *testing.T) {
	legal, illegal := Choose()
	t.Logf("%d legal %d illegal", len(legal), len(illegal))
	kinds := map[string]int{}
	example := map[string]Combination{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	work := make(chan Combination)
	for range runtime.NumCPU() {
		wg.Go(func() {
			dir := folder(t)
			for c := range work {
				got, err := build(dir, c)
				want := c.Refusals()
				mu.Lock()
				for _, id := range want {
					if !slices.Contains(got, id) {
						kinds["missing "+id]++
						example["missing "+id] = c
					}
				}
				for _, id := range got {
					if !slices.Contains(want, id) {
						kinds["unexpected "+id]++
						example["unexpected "+id] = c
					}
				}
				if err != nil {
					k := "err " + err.Error()
					kinds[k]++
					example[k] = c
				}
				mu.Unlock()
			}
		})
	}
	for _, c := range slices.Concat(legal, illegal) {
		work <- c
	}
	close(work)
	wg.Wait()
	for k, n := range kinds {
		t.Errorf("%s: %d times, such as %v", k, n, example[k])
	}
}

func folder(t *testing.T) string {
	overlays := t.TempDir()
	if err := os.MkdirAll(filepath.Join(overlays, "cue.mod"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(overlays, "test"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(overlays, "cue.mod/module.cue"), []byte("module: \"khagen.example/fleet\"\nlanguage: version: \"v0.17.0\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(overlays, "test")
}

func build(dir string, c Combination) (ids []string, err error) {
	if err := os.WriteFile(filepath.Join(dir, "cluster.cue"), []byte("package fleet\n\n"+c.Definition()), 0o644); err != nil {
		return nil, err
	}
	spec, err := schema.Load(dir)
	if err != nil {
		return nil, err
	}
	cluster, err := topology.New(spec)
	if err != nil {
		return nil, err
	}
	for _, f := range rules.Check([]*topology.Cluster{cluster}, rules.Repo{}) {
		if f.Severity == rules.Error {
			ids = append(ids, f.ID)
			if os.Getenv("SHOW") == f.ID {
				fmt.Println(c, f.Path, f.Problem)
			}
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) > 0 {
		return ids, nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	files, err := generators.Generate(cluster)
	if err == nil {
		_, err = delivery.Files(cluster, files)
	}
	return ids, err
}

var _ = strings.Join
