package adopt

import (
	"slices"
	"strings"

	"github.com/khagen/khagen/internal/rules"
)

var (
	placedInstance = []string{
		"advert_int", "authentication", "garp_master_delay", "garp_master_refresh", "garp_master_repeat", "interface", "mcast_src_ip",
		"nopreempt", "preempt", "priority", "state", "track_script", "unicast_peer", "unicast_src_ip", "virtual_ipaddress",
		"virtual_ipaddress_excluded", "virtual_router_id",
	}
	placedGlobals = []string{
		"enable_script_security", "router_id", "script_user", "vrrp_garp_master_delay", "vrrp_garp_master_refresh", "vrrp_garp_master_repeat",
	}
	placedRoot = []string{"global_defs", "vrrp_instance", "vrrp_script"}

	// bound are lines that name something else that has no place: other blocks, other files, whole hosts' rules.
	bound = []string{"bfd_instance", "include", "includer", "track_bfd", "track_file", "track_process", "vrrp_strict"}
	// mail are lines that mean something where an instance sends mail.
	mail = []string{"notification_email", "notification_email_from", "smtp_connect_timeout", "smtp_helo_name", "smtp_server"}
)

// adoptFurther takes lines that no field is for as they are, and names what has no place, without values, which can be secrets.
func (d *Draft) adoptFurther(c keepalivedConf) {
	at := []string{"vip", "keepalived"}
	bound := bound
	if !c.vrrp.has("smtp_alert") {
		bound = append(slices.Clone(bound), mail...)
	}
	var left []string
	for _, block := range []struct {
		section string
		node    *kaNode
		known   []string
	}{{"global", c.globals, placedGlobals}, {"instance", c.vrrp, placedInstance}} {
		var taken []string
		for _, line := range block.node.without(block.known).body {
			lines := line.lines()
			if !slices.Contains(bound, line.word(0)) && !secretive.MatchString(strings.Join(lines, " ")) && rules.FreeLines("keepalived", block.section, lines) {
				taken = append(taken, lines...)
			} else {
				left = append(left, line.word(0))
			}
		}
		if path := append(slices.Clone(at), "extraConfig"); len(taken) > 0 {
			d.Remark("Lines that no field is for, as they were.", path...)
			if strings.Contains(strings.Join(taken, " "), "/") {
				d.Remark("The programs and files that they name have to be on the hosts.", path...)
			}
			d.Set(taken, append(path, block.section)...)
		}
	}
	for _, line := range c.root.without(placedRoot).body {
		left = append(left, strings.TrimLeft(line.word(0), "@$"))
	}
	slices.Sort(left)
	if left = slices.Compact(left); len(left) > 0 {
		d.Remark("No place for keepalived's: "+strings.Join(left, ", ")+".", at...)
	}
}

// without is the block without the lines that begin with these words.
func (n *kaNode) without(words []string) *kaNode {
	return &kaNode{words: n.words, body: slices.DeleteFunc(slices.Clone(n.body), func(child *kaNode) bool {
		return slices.Contains(words, child.word(0))
	})}
}

// lines writes the line, and the block behind it with one line for each of its own.
func (n *kaNode) lines() []string {
	words := make([]string, len(n.words))
	for i, word := range n.words {
		if words[i] = word; word == "" || strings.ContainsAny(word, " \t#!{}'") && !strings.HasPrefix(word, "${") {
			words[i] = `"` + word + `"`
		}
	}
	line := strings.Join(words, " ")
	if n.body == nil {
		return []string{line}
	}
	all := []string{strings.TrimSpace(line + " {")}
	for _, child := range n.body {
		all = append(all, child.lines()...)
	}
	return append(all, "}")
}
