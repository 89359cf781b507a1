package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/khagen/khagen/e2e/lab"
)

// Make makes the images of one or more versions, such as those before and after an upgrade. What it made of the same
// programs before is not made again. It needs no network. Programs that nothing has built are an error.
func Make(ctx context.Context, wanted ...Versions) (*Images, error) {
	cache, err := lab.Cache()
	if err != nil {
		return nil, err
	}
	s, err := newStore(filepath.Join(cache, "registry"))
	if err != nil {
		return nil, err
	}
	making, err := lab.Lock(s.folder, true)
	if err != nil {
		return nil, err
	}
	defer making.Close()
	if err := s.sweep(); err != nil {
		return nil, err
	}
	bin, err := lab.Programs("")
	if err != nil {
		return nil, err
	}
	all, err := images(ctx, bin, wanted)
	if err != nil {
		return nil, fmt.Errorf("make images: %w", err)
	}
	return s.keep(all, ctx.Err)
}

// images are those that are wanted.
func images(ctx context.Context, bin string, wanted []Versions) ([]image, error) {
	root, err := lab.ImagePath()
	if err != nil {
		return nil, err
	}
	debian, err := newSystem(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the hosts' image isn't made, go run ./e2e/lab/image does: %w", err)
	}
	if err != nil {
		return nil, err
	}
	var all []image
	for _, v := range wanted {
		made, err := v.images(ctx, bin, debian)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("make lab-tools, or lab-tools-all, builds what is missing: %w", err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	return all, nil
}

// images are those of one version.
func (v Versions) images(ctx context.Context, bin string, debian *system) ([]image, error) {
	var all []image
	if v.Kubernetes != "" {
		made, err := kubernetesImages(ctx, bin, v, debian)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	if v.KubeVIP != "" {
		made, err := kubeVIPImage(bin, v.KubeVIP)
		if err != nil {
			return nil, err
		}
		all = append(all, made)
	}
	made, err := balancerImages(v, debian)
	return append(all, made...), err
}
