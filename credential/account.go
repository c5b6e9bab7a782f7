package credential

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Domains says which names stand for which domain: a NetBIOS name or a further UPN suffix
// is the key, the DNS name of the domain the value. Case and a trailing dot do not matter.
// A domain whose DNS name has one label stands for itself.
type Domains map[string]string

// Account is one account however it was written: CORP\u, u@corp and u@CORP.EXAMPLE are
// equal once Domains knows that CORP is corp.example. The zero value is no account.
// Accounts may be compared with ==.
//
// Two names of one account that only the directory can bring together, such as a UPN whose
// prefix is not the sAMAccountName, are two accounts here.
type Account struct {
	user   string // folded
	domain string // folded DNS name; empty: an account of whoever is asked
}

// maxAccount is more bytes than a UPN can have: 1024 characters, of which AD indexes 256.
const maxAccount = 1024

// ParseAccount reads `CORP\u`, `u@corp`, `u@CORP.EXAMPLE`, `CORP.EXAMPLE\u`, and a bare `u`
// or `.\u`, which is an account of the authority that is asked. A domain without a dot that
// domains does not know is an error: taken for a domain of its own it would have a gate of
// its own, and the account a second attempt.
func ParseAccount(text string, domains Domains) (Account, error) {
	account, err := parseAccount(text, domains)
	if err != nil {
		return Account{}, fmt.Errorf("account %q: %w", clip(text), err)
	}
	return account, nil
}

func parseAccount(text string, domains Domains) (Account, error) {
	if err := plain(text); err != nil {
		return Account{}, err
	}
	user, domain := text, "."
	switch at, slash := strings.Count(text, "@"), strings.Count(text, `\`); {
	case at+slash > 1:
		return Account{}, errors.New(`more than one of \ and @`)
	case slash == 1:
		domain, user, _ = strings.Cut(text, `\`)
	case at == 1:
		user, domain, _ = strings.Cut(text, "@")
	}
	if user == "" {
		return Account{}, errors.New("no user name")
	}
	if domain == "." && !strings.Contains(text, "@") {
		return Account{user: fold(user)}, nil
	}
	domain, err := domains.dns(domain)
	if err != nil {
		return Account{}, err
	}
	return Account{fold(user), domain}, nil
}

// dns gives the folded DNS name that a domain's name stands for.
func (d Domains) dns(name string) (string, error) {
	short := fold(strings.TrimSuffix(name, "."))
	known, err := d.lookup(short)
	switch {
	case err != nil:
		return "", err
	case known != "":
		return known, nil
	case short == "" || strings.HasPrefix(short, ".") || strings.HasSuffix(short, ".") || strings.Contains(short, "..") || strings.ContainsAny(short, `\/@: `):
		return "", fmt.Errorf("domain %q is not a name", name)
	case !strings.Contains(short, "."):
		return "", fmt.Errorf("domain %q: its DNS name is not known: write user@dns.name, or say which domain that is", name)
	}
	return short, nil
}

// lookup reads the map without regard to case. Two entries that differ in nothing but case
// and disagree have no right answer.
func (d Domains) lookup(short string) (found string, err error) {
	for alias, dns := range d {
		dns = fold(strings.TrimSuffix(dns, "."))
		if dns == "" || dns != short && fold(strings.TrimSuffix(alias, ".")) != short {
			continue
		}
		if found != "" && found != dns {
			return "", fmt.Errorf("domain %q stands for %s and for %s", short, min(found, dns), max(found, dns))
		}
		found = dns
	}
	return found, nil
}

// User is the user's name in lower case.
func (a Account) User() string { return a.user }

// Domain is the DNS name of the account's domain in lower case; empty means that the
// account is one of whoever is asked.
func (a Account) Domain() string { return a.domain }

// String is u@CORP.EXAMPLE, or u for an account without a domain.
func (a Account) String() string {
	if a.domain == "" {
		return a.user
	}
	return a.user + "@" + upper(a.domain)
}

// plain refuses what is in no account's name, and would make two of one on a screen.
func plain(text string) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case len(text) > maxAccount:
		return fmt.Errorf("more than %d bytes", maxAccount)
	case !utf8.ValidString(text):
		return errors.New("it is not UTF-8")
	case strings.TrimSpace(text) != text:
		return errors.New("it begins or ends with a blank")
	}
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return fmt.Errorf("it holds the character %U", r)
		}
	}
	return nil
}

// fold makes names that differ in nothing but case equal, as a directory does. It knows
// more pairs than lower case does (K and the Kelvin sign): two accounts taken for one cost
// a question, one account taken for two costs an attempt.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return unicode.ToLower(least)
	}, s)
}

// upper is for the eye. It leaves alone what is not ASCII, so that what it prints is read
// back as the same name.
func upper(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

// clip shortens what is repeated in an error.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
