package adopt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	statsPath = regexp.MustCompile(`^/[-A-Za-z0-9._~/]*$`)
	statsUser = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9_.]*$`)
)

// adoptStats takes the status page, and gives its section; nil where there is none with a port of its own.
func (d *Draft) adoptStats(s *source, sections []*haSection, api proxy) *haSection {
	for _, section := range sections {
		if section.kind != "listen" && section.kind != "frontend" || len(section.own("stats")) == 0 {
			continue
		}
		if slices.Contains(api.sections(), section) || len(section.own("bind")) == 0 {
			d.Remark("haproxy's statistics had no port of their own: write stats here if you want them.", "loadBalancer")
			continue
		}
		if binds := s.binds(section); len(binds) > 0 {
			d.setStats(section, binds[0], userlists(sections))
		}
		return section
	}
	return nil
}

func (d *Draft) setStats(section *haSection, listens bind, lists []string) {
	at := func(name string) []string { return []string{"loadBalancer", "stats", name} }
	d.Set(true, at("enabled")...)
	d.Set(listens.port, at("port")...)
	if listens.address.IsLoopback() {
		d.Set(listens.address.String(), at("address")...)
	} else {
		d.Remark("haproxy showed its statistics to other hosts: here they stay on the host unless address says otherwise.", at("")[:2]...)
	}
	if path := section.value("stats", "uri"); statsPath.MatchString(path) {
		d.Set(path, at("path")...)
	} else if path != "" {
		d.Remark(fmt.Sprintf("No place for the path %s.", path), at("")[:2]...)
	}
	if metrics := section.own("http-request", "use-service"); len(metrics) > 0 && slices.Contains(metrics[0].words, "prometheus-exporter") {
		d.Set(true, at("metrics")...)
	}
	d.setStatsUser(section, lists)
	var others []string
	for _, l := range section.own("stats") {
		if name := l.name(); !slices.Contains([]string{"stats enable", "stats uri", "stats auth", "stats hide-version"}, name) && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		d.Remark("No place for haproxy's: "+strings.Join(others, ", ")+".", at("")[:2]...)
	}
}

// setStatsUser takes the name of the user, and never the password.
func (d *Draft) setStatsUser(section *haSection, lists []string) {
	var users []string
	for _, l := range section.own("stats", "auth") {
		name, _, _ := strings.Cut(l.after("auth"), ":")
		users = append(users, name)
	}
	if len(section.own("http-request", "auth")) > 0 || len(section.own("stats", "http-request")) > 0 {
		users = append(users, lists...)
	}
	switch {
	case len(users) == 0:
		return
	case !statsUser.MatchString(users[0]):
		d.Remark("The user of haproxy's statistics has a name with no place here: write user and passwordSecret.", "loadBalancer", "stats")
		return
	case len(users) > 1:
		d.Remark("haproxy's statistics had more than one user: here they have one.", "loadBalancer", "stats")
	}
	d.Set(users[0], "loadBalancer", "stats", "user")
	d.Guess("haproxy_stats", "any name: haproxy.cfg had the password in clear, which was not copied; choose a new one", "loadBalancer", "stats", "passwordSecret")
}

// userlists gives the names of the users in lists of users.
func userlists(sections []*haSection) []string {
	var users []string
	for _, section := range sections {
		for _, l := range section.own("user") {
			if section.kind == "userlist" && len(l.words) > 1 {
				users = append(users, l.words[1])
			}
		}
	}
	return users
}
