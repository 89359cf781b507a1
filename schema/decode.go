package schema

import (
	"bytes"
	"encoding/json"
	"math"
)

// decode reads the checker's JSON over the defaults that depend on the version.
func decode(data []byte, version string) (*Cluster, error) {
	cluster := &Cluster{}
	for _, layer := range theShape().layers {
		if layer.minor > minorOf(version) {
			break
		}
		if err := decodeInto(cluster, layer.nested()); err != nil {
			return nil, err
		}
	}
	if err := decodeInto(cluster, data); err != nil {
		return nil, err
	}
	free := []map[string]any{cluster.Kubernetes.Kubelet.Config, cluster.Kubernetes.Scheduler.Config, cluster.Kubernetes.KubeProxy.Config}
	for _, h := range cluster.Hosts {
		free = append(free, h.Kubelet.Config)
	}
	for _, config := range free {
		plainNumbers(config)
	}
	return cluster, nil
}

func decodeInto(target any, data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(target)
}

// plainNumbers turns numbers into int64 where they are whole, else into float64.
func plainNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		f, err := v.Float64()
		switch {
		case err != nil:
			return v.String()
		case f == math.Trunc(f) && math.Abs(f) < 1<<53:
			return int64(f)
		}
		return f
	case map[string]any:
		for key, value := range v {
			v[key] = plainNumbers(value)
		}
	case []any:
		for i, value := range v {
			v[i] = plainNumbers(value)
		}
	}
	return v
}
