package adopt

import (
	"fmt"
	"slices"
	"strconv"
)

var checkBlock = []string{"vip", "keepalived", "check"}

// adoptCheck takes the times of the script that the instance tracks; what it does is khagen's own.
func (d *Draft) adoptCheck(c keepalivedConf) {
	name, weight := trackedScript(c.vrrp)
	script, ok := find(c.root.all("vrrp_script"), func(n *kaNode) bool { return n.word(1) == name })
	if !ok {
		return
	}
	at := func(field string) []string { return append(slices.Clone(checkBlock), field) }
	d.Remark("The script itself has no place: here the check asks the API through the host's own balancer.", checkBlock...)
	d.setSeconds(script.value("interval"), at("interval")...)
	d.setSeconds(script.value("timeout"), at("timeout")...)
	for _, field := range []string{"fall", "rise"} {
		if n, ok := count(script.value(field)); ok {
			d.Set(n, at(field)...)
		}
	}
	if weight == "" {
		weight = script.value("weight")
	}
	d.adoptWeight(weight)
}

// trackedScript is the first script that an instance tracks, with the weight that stands there.
func trackedScript(vrrp *kaNode) (name, weight string) {
	for _, block := range vrrp.all("track_script") {
		for _, line := range block.body {
			return line.word(0), haDirective{words: line.words}.after("weight")
		}
	}
	return "", ""
}

// adoptWeight takes a weight that moves the address when a check fails; the priorities of all files decide, so each looks again.
func (d *Draft) adoptWeight(text string) {
	at := append(slices.Clone(checkBlock), "weight")
	weight, err := strconv.Atoi(text)
	if err != nil {
		return
	}
	if d.Value("vip", "keepalived", "preempt") == false {
		d.drop(at...)
		d.Remark("No place for the weight: without preemption a host whose check fails gives the address up by itself.", checkBlock...)
		return
	}
	tooSmall := fmt.Sprintf("The weight was %d, which doesn't bring a holder whose check fails below its peers (KH067): left out, khagen derives one.", weight)
	if lowest, highest := d.prioritySpread(); weight == 0 || max(weight, -weight) <= highest-lowest || highest+weight > 254 || weight < -253 {
		d.drop(at...)
		d.Remark(tooSmall, checkBlock...)
		return
	}
	d.unsay(tooSmall, checkBlock...) // of a file that was read when other priorities were still guesses
	d.Set(weight, at...)
}

func (d *Draft) prioritySpread() (lowest, highest int) {
	for _, h := range d.hosts() {
		priority, ok := d.Value("hosts", h.name, "vrrp", "priority").(int)
		if !ok {
			continue
		}
		if lowest == 0 || priority < lowest {
			lowest = priority
		}
		highest = max(highest, priority)
	}
	return lowest, highest
}
