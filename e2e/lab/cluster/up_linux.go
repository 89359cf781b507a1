package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/e2e/lab"
	"github.com/khagen/khagen/internal/topology"
)

// Setup is what a cluster finds where it comes up.
type Setup struct {
	Adapt     func(*topology.Host, *lab.HostSpec) // adds to what HostSpec says of a host; nil adds nothing
	Others    []lab.HostSpec                      // hosts beside the cluster's, which nothing is delivered to
	Names     map[string]netip.Addr               // that all hosts know beside one another's
	Variables map[string]any                      // of the playbooks, beside secrets
	Single    bool                                // site.yml runs once; that the second run changes nothing is left to others
}

// Up starts a lab with all hosts of a cluster, and brings it up by site.yml. A second run has to find nothing to change. It gives how
// the runs went. The caller closes the lab, unless there is an error: that has what is wrong on hosts.
func (c *Cluster) Up(ctx context.Context, s Setup) (*lab.Lab, []Result, error) {
	l, err := c.Start(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	runs, err := c.deliver(ctx, l, s)
	if err != nil {
		err = fmt.Errorf("bring %s up: %w%s", c.Topology.Spec.Name, err, Troubles(context.WithoutCancel(ctx), l))
		return nil, runs, errors.Join(err, l.Close())
	}
	return l, runs, nil
}

// Start starts a lab with all hosts of a cluster, new, and nothing of the cluster on them.
func (c *Cluster) Start(ctx context.Context, s Setup) (*lab.Lab, error) {
	spec := lab.Spec{Addresses: []netip.Prefix{c.Client()}, Hosts: slices.Clone(s.Others), Names: s.Names}
	for _, h := range c.Topology.Hosts {
		host, err := c.HostSpec(h)
		if err != nil {
			return nil, err
		}
		if s.Adapt != nil {
			s.Adapt(h, &host)
		}
		spec.Hosts = append(spec.Hosts, host)
	}
	return lab.Start(ctx, spec)
}

// Extra are the arguments of ansible-playbook that give the variables.
func (s Setup) Extra() ([]string, error) {
	variables, err := json.Marshal(s.Variables)
	return []string{"--extra-vars", string(variables)}, err
}

func (c *Cluster) deliver(ctx context.Context, l *lab.Lab, s Setup) ([]Result, error) {
	arguments, err := s.Extra()
	if err != nil {
		return nil, err
	}
	first, err := c.Play(ctx, l, "site.yml", arguments...)
	if err != nil || s.Single {
		return []Result{first}, err
	}
	second, err := c.Play(ctx, l, "site.yml", arguments...)
	runs := []Result{first, second}
	if err != nil {
		return runs, err
	}
	for _, host := range slices.Sorted(maps.Keys(second.Hosts)) {
		if n := second.Hosts[host].Changed; n > 0 {
			err = errors.Join(err, fmt.Errorf("site.yml again changed %d things on %s", n, host))
		}
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, second.Output)
	}
	return runs, err
}

// troubles asks a host which units it has started in vain, and what they said last.
const troubles = `systemctl list-units --all --plain --no-legend --no-pager --state=failed,activating,auto-restart | while read -r unit rest; do
echo "$unit $rest"
journalctl --unit="$unit" --lines=15 --no-pager --output=cat | cut --characters=1-500
done`

// Troubles gives what hosts have started in vain, and what that said last; "" where there is nothing.
func Troubles(ctx context.Context, l *lab.Lab) string {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var all strings.Builder
	for _, h := range l.Hosts() {
		said, err := h.Run(ctx, "sh", "-c", troubles)
		if err != nil {
			said = err.Error()
		}
		if said != "" {
			fmt.Fprintf(&all, "\n%s: %s", h.Name, strings.ReplaceAll(said, "\n", "\n\t"))
		}
	}
	return all.String()
}
