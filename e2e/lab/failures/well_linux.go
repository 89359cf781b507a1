package failures

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/e2e/probe"
)

// whole waits until every API server and every member of etcd is ready.
func (r *run) whole(ctx context.Context, when string) error {
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if _, err = r.leader(ctx); err == nil {
			if r.servers, err = r.System.servers(ctx); err == nil {
				return nil
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("%s, not within %v: %w", when, patience, err)
}

// well waits until the virtual address is held and clients get answers. Where all has to be well, one host alone holds it, the one
// that it goes back to, no request fails, and every member of etcd is well. It gives who does what then.
func (r *run) well(ctx context.Context, patience time.Duration, all bool) (now moment, err error) {
	var holders []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
		err = nil
		if vip := r.vip(); vip.IsValid() {
			if holders, err = r.Lab.Holders(vip); err != nil {
				return now, err
			}
			if len(holders) == 0 || all && (len(holders) > 1 || r.rightful() != "" && holders[0] != r.rightful()) {
				continue
			}
		}
		answers := r.probe.Since(time.Now().Add(-quiet))
		bad := slices.ContainsFunc(answers, func(a probe.Answer) bool { return !a.Good() })
		if len(answers) < 10 || all && bad || !slices.ContainsFunc(answers, probe.Answer.Good) {
			continue
		}
		if all {
			if now.leader, err = r.leader(ctx); err != nil {
				continue
			}
		}
		now.client = r.From
		now.holder = strings.Join(holders, " and ")
		now.server = r.serving(answers, now.holder)
		return now, nil
	}
	fare := fmt.Errorf("%v have the address, and clients fare so: %v", holders, r.probe.Summary(time.Now().Add(-patience)))
	return now, errors.Join(fare, err)
}

// serving is the host whose API server gave the answers: the holder where that is one of them, else the one that gave most.
func (r *run) serving(answers []probe.Answer, holder string) string {
	counts := map[string]int{}
	most := ""
	for _, a := range answers {
		name := r.servers[a.Server]
		if counts[name]++; counts[name] > counts[most] {
			most = name
		}
	}
	if counts[holder] > 0 {
		return holder
	}
	return most
}
