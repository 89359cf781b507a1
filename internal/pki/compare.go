package pki

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/khagen/khagen/internal/topology"
)

// differences says how a certificate differs from what the definition asks for.
func differences(want *topology.Certificate, has *x509.Certificate) []string {
	var all []string
	if has.Subject.CommonName != want.CommonName {
		all = append(all, fmt.Sprintf("is for %q instead of %q", has.Subject.CommonName, want.CommonName))
	}
	var groups []string
	if want.Organization != "" {
		groups = []string{want.Organization}
	}
	all = append(all, compared(groups, has.Subject.Organization, "the group")...)
	all = append(all, compared(usageNames(usages(want)), usageNames(has.ExtKeyUsage), "the usage")...)
	if has.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		all = append(all, "lacks the usage digitalSignature")
	}
	if has.IsCA {
		all = append(all, "is a CA")
	}
	all = append(all, compared(want.DNSNames, has.DNSNames, "the name")...)
	var wanted, addresses []string
	for _, a := range want.Addresses {
		wanted = append(wanted, a.String())
	}
	for _, ip := range has.IPAddresses {
		a, _ := netip.AddrFromSlice(ip)
		addresses = append(addresses, a.Unmap().String())
	}
	return append(all, compared(wanted, addresses, "the address")...)
}

// compared names what is missing and what is too much: "lacks the names a, b".
func compared(want, has []string, what string) []string {
	var all []string
	for _, side := range []struct {
		verb     string
		of, from []string
	}{{"lacks", want, has}, {"has", has, want}} {
		var only []string
		for _, one := range side.of {
			if !slices.ContainsFunc(side.from, func(other string) bool { return strings.EqualFold(one, other) }) {
				only = append(only, one)
			}
		}
		if len(only) == 0 {
			continue
		}
		noun := what
		if len(only) > 1 {
			noun = plural(what)
		}
		text := fmt.Sprintf("%s %s %s", side.verb, noun, strings.Join(only, ", "))
		if side.verb == "has" {
			text += ", which the definition lacks"
		}
		all = append(all, text)
	}
	return all
}

func plural(noun string) string {
	if strings.HasSuffix(noun, "s") {
		return noun + "es"
	}
	return noun + "s"
}

// usageNames are those of RFC 5280.
func usageNames(usages []x509.ExtKeyUsage) []string {
	var names []string
	for _, u := range usages {
		switch u {
		case x509.ExtKeyUsageServerAuth:
			names = append(names, "serverAuth")
		case x509.ExtKeyUsageClientAuth:
			names = append(names, "clientAuth")
		default:
			names = append(names, fmt.Sprintf("number %d", u))
		}
	}
	return names
}

// notYet and ending word the dates of a certificate.
func notYet(c *x509.Certificate) string {
	return fmt.Sprintf("is not valid before %s: is this machine's clock right?", moment(c.NotBefore))
}

func ending(end, now time.Time) string {
	days := int(end.Sub(now).Hours() / 24)
	switch {
	case end.Before(now) && days == 0:
		return fmt.Sprintf("expired on %s, less than a day ago", day(end))
	case end.Before(now):
		return fmt.Sprintf("expired on %s, %s ago", day(end), inDays(-days))
	case days == 0:
		return fmt.Sprintf("expires on %s, in less than a day", day(end))
	}
	return fmt.Sprintf("expires on %s, in %s", day(end), inDays(days))
}

func inDays(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
