package revision

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// ahead is how many objects are asked for at once: their ids fit into any system's pipe, so that git can take all of them
// before anybody reads its answers.
const ahead = 64

// entry is one file as a commit has it.
type entry struct {
	mode string // as git writes it: 100644, 100755, 120000 for a link, 160000 for a submodule
	id   string
	path string
}

// extract lays out the files below paths at a commit. No more than one piece of a file is in memory.
func (r repository) extract(outer context.Context, commit string, paths []string, to *layout) error {
	ctx, stop := context.WithCancel(outer)
	defer stop()
	args := []string{"ls-tree", "-r", "-z", commit}
	if !slices.Contains(paths, ".") {
		args = slices.Concat(args, []string{"--"}, paths)
	}
	list, err := r.start(ctx, args...)
	if err != nil {
		return err
	}
	objects, err := r.start(ctx, "cat-file", "--batch")
	if err != nil {
		stop()
		_ = list.end(outer)
		return err
	}
	err = lay(list, objects, paths, to)
	if err != nil {
		stop() // neither has to finish
	}
	ended := errors.Join(list.end(outer), objects.end(outer))
	switch {
	case err == nil:
		err = ended
	case errors.Is(err, io.ErrUnexpectedEOF): // what git said of it is nearer to the cause
		if said := lastFatal(list.stderr.String() + objects.stderr.String()); said != "" || outer.Err() != nil {
			err = problem(outer, err, list.stderr.String()+objects.stderr.String())
		}
	}
	if err != nil {
		return err
	}
	return to.link()
}

// lay takes one list of entries after the other and gives their objects to the layout.
func lay(list, objects *call, paths []string, to *layout) error {
	for {
		entries, err := next(list.out, ahead)
		if err != nil || len(entries) == 0 {
			return err
		}
		entries, err = wanted(entries, paths)
		if err != nil {
			return err
		}
		var ask bytes.Buffer
		for _, e := range entries {
			ask.WriteString(e.id + "\n")
		}
		if _, err := objects.in.Write(ask.Bytes()); err != nil {
			return io.ErrUnexpectedEOF
		}
		for _, e := range entries {
			if err := layOne(objects.out, e, to); err != nil {
				return err
			}
		}
	}
}

// layOne reads the answer to one entry: a line with id, type and size, and the content.
func layOne(answers *bufio.Reader, e entry, to *layout) error {
	head, err := answers.ReadString('\n')
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if strings.HasSuffix(head, " missing\n") {
		return fmt.Errorf("this clone lacks the content of %s, or can't read it: git fsck says why", e.path)
	}
	var id, kind string
	var size int64
	if _, err := fmt.Sscanf(head, "%s %s %d\n", &id, &kind, &size); err != nil || kind != "blob" {
		return fmt.Errorf("git cat-file says %q of %s", strings.TrimSpace(head), e.path)
	}
	content := io.LimitReader(answers, size)
	if err := to.put(e, content); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	if _, err := answers.Discard(1); err != nil { // the line break behind it
		return io.ErrUnexpectedEOF
	}
	return nil
}

// next reads at most so many entries of git ls-tree -z.
func next(list *bufio.Reader, most int) ([]entry, error) {
	var entries []entry
	for len(entries) < most {
		line, err := list.ReadString(0)
		if errors.Is(err, io.EOF) && line == "" {
			break
		} else if err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		head, path, _ := strings.Cut(strings.TrimSuffix(line, "\x00"), "\t")
		fields := strings.Fields(head)
		if len(fields) != 3 {
			return nil, fmt.Errorf("git ls-tree says %q", line)
		}
		entries = append(entries, entry{mode: fields[0], id: fields[2], path: path})
	}
	return entries, nil
}

// wanted leaves out submodules, whose files are in another repository.
func wanted(entries []entry, paths []string) ([]entry, error) {
	for _, e := range entries {
		if !slices.Contains(paths, e.path) {
			continue
		}
		switch e.mode {
		case "160000":
			return nil, fmt.Errorf("%s is a submodule, whose files are in a repository of its own: name a folder", e.path)
		case "120000":
			return nil, fmt.Errorf("%s is a symbolic link there: name a folder", e.path)
		}
		return nil, fmt.Errorf("%s is a file there, want a folder", e.path)
	}
	return slices.DeleteFunc(entries, func(e entry) bool { return e.mode == "160000" }), nil
}

// call is a git that runs.
type call struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

func (r repository) start(ctx context.Context, args ...string) (*call, error) {
	c := &call{cmd: r.command(ctx, args...)}
	c.cmd.Stderr = &c.stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.in, c.out = in, bufio.NewReaderSize(out, 64<<10)
	if err := c.cmd.Start(); err != nil {
		return nil, problem(ctx, err, "")
	}
	return c, nil
}

// end waits for git and gives what it failed for.
func (c *call) end(ctx context.Context) error {
	_ = c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		return problem(ctx, err, c.stderr.String())
	}
	return nil
}
