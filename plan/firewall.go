package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/nearest"
	"github.com/uidprobe/uidprobe/panos"
)

func (r *reader) firewalls(text []firewallFile) []Firewall {
	at := place{"firewalls"}
	if !r.required(at, "name the firewalls that are tested") {
		return nil
	}
	if len(text) == 0 {
		r.Problem(at, "name the firewalls that are tested", "%s is empty", at)
	}
	var all []Firewall
	seen := names{}
	for i, one := range text {
		if here := at.With(i); !r.Wrong(here...) {
			all = append(all, r.firewall(here, one, seen))
		} else {
			all = append(all, Firewall{}) // so that indexes stay those of the file
		}
	}
	return all
}

func (r *reader) firewall(at place, text firewallFile, seen names) Firewall {
	if name := at.With("name"); r.text(name, text.Name, "how reports call the firewall") {
		if fault := nameFault(text.Name); fault != "" {
			r.Problem(name, "", "%s: %q %s", name, text.Name, fault)
		}
		r.once(seen, name, "firewall", text.Name)
	}
	fw := Firewall{
		Name:    text.Name,
		Version: text.PANOS,
		Dialect: r.dialect(at, text),
		API:     r.api(at.With("api"), text.API),
	}
	if at := at.With("monitoring"); r.Has(at...) {
		fw.Monitoring = r.monitoring(at, text.Monitoring)
	}
	if at := at.With("senders"); r.Has(at...) || fw.Monitoring == nil {
		fw.Senders = r.senders(at, text.Senders)
	}
	return fw
}

// dialect is that of the release with the switches of the file.
func (r *reader) dialect(at place, text firewallFile) panos.Dialect {
	d := panos.DefaultDialect()
	if version := at.With("panos"); r.given(version) {
		of, err := panos.DialectFor(text.PANOS)
		if err != nil {
			r.Problem(version, `write it in quotes, such as "11.1"`, "%s: %v", version, err)
		} else {
			d = of
		}
	}
	var known []string
	for _, s := range panos.Switches() {
		known = append(known, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(text.Dialect)) {
		here := at.With("dialect", name)
		if !slices.Contains(known, name) {
			r.KeyProblem(here, didYouMean(name, known, "docs/limits.md lists the switches"), "%s: the dialect has no switch %q", at.With("dialect"), name)
		} else if err := d.Set(name, text.Dialect[name]); err != nil {
			r.Problem(here, "", "%s: %v", at.With("dialect"), err)
		}
	}
	return d
}

func (r *reader) api(at place, text apiFile) API {
	if !r.Has(at...) {
		return API{} // counters are then pasted by hand
	}
	var url string
	if here := at.With("url"); r.text(here, text.URL, "such as https://192.0.2.1") {
		url = r.apiURL(here, text.URL)
	}
	if vsys := at.With("vsys"); text.VSys == "" || strings.ContainsAny(text.VSys, " \t") || nameFault(text.VSys) != "" {
		r.Problem(vsys, "such as "+DefaultVSys, "%s: %q is not the name of a virtual system", vsys, text.VSys)
	}
	if target := at.With("target"); r.given(target) && !serialNumber.MatchString(text.Target) {
		r.Problem(target, "as show system info prints it on the firewall, such as 007200001234", "%s: %q is not a serial number", target, text.Target)
	}
	return API{
		URL:    url,
		Key:    r.requiredSecret(at.With("key"), text.Key, "the key of the XML API"),
		VSys:   text.VSys,
		Target: text.Target,
		TLS: TLS{
			CA:                 r.optionalFile(at.With("ca"), text.CA),
			ServerName:         r.serverName(at.With("server_name"), text.ServerName),
			MinVersion:         tlsVersions[DefaultMinVersion],
			InsecureSkipVerify: text.InsecureSkipVerify,
		},
	}
}

// serialNumber is deliberately wide: no document gives the form.
var serialNumber = regexp.MustCompile(`^[0-9A-Za-z]{1,32}$`)

var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// secretForms is how the place of a secret is written.
const secretForms = "{env: NAME} or {file: PATH}"

// requiredSecret is secret for a key that must be there; what says whose secret it is.
func (r *reader) requiredSecret(at place, text secretFile, what string) credential.Reference {
	if !r.required(at, "where "+what+" is kept: "+secretForms) {
		return credential.Reference{}
	}
	return r.secret(at, text)
}

// secret reads where a secret is kept. What was written in the wrong place may be the secret
// itself, so a message repeats nothing but the path of a file.
func (r *reader) secret(at place, text secretFile) credential.Reference {
	env, file := r.Has(at.With("env")...), r.Has(at.With("file")...)
	switch {
	case env && file:
		r.Problem(at, "keep one of them", "%s: both env and file are given", at)
	case file:
		return credential.Reference{File: r.optionalFile(at.With("file"), text.File)}
	case !env:
		r.Problem(at, secretForms, "%s does not say where the secret is kept", at)
	case !r.Wrong(at.With("env")...) && !environmentName.MatchString(text.Env):
		r.Problem(at.With("env"), "letters, digits and _, without $", "%s is not the name of an environment variable", at.With("env"))
	}
	return credential.Reference{Env: text.Env}
}

func (r *reader) serverName(at place, name string) string {
	if r.given(at) {
		if fault := hostFault(name); fault != "" {
			r.Problem(at, "the name in the certificate, without scheme and port", "%s: %q %s", at, name, fault)
		}
	}
	return name
}

// didYouMean makes a hint of the name that was most likely meant, or gives the other one.
func didYouMean(name string, known []string, otherwise string) string {
	if near := nearest.Word(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}
