package plan

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/uidprobe/uidprobe/credential"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/sender"
)

// Origin is the configuration of a firewall, and what no configuration says.
type Origin struct {
	Config *panos.Config
	// Source names the configuration for people: a file, or a URL.
	Source string
	// Prefix begins the names of the files that the site file refers to.
	Prefix string
	// VSys and Template choose one virtual system, and one template of Panorama; empty means every
	// one.
	VSys, Template string

	API string               // URL of the XML API; empty means the management address
	Key credential.Reference // of the API's key; none means an environment variable named after the firewall

	// CA and ServerName verify the certificates of the API and, where the configuration does not
	// hold its CA, of the listener. CA is relative to the site file.
	CA, ServerName string
	Password       credential.Reference // of the monitor account; none means an environment variable
	// To are where the listeners are reached, at most one for each scheme; without it, the
	// interface of the service route, with the standard port.
	To        []sender.Destination
	DNS       []netip.AddrPort // the DNS servers to ask; none means those of the configuration
	Addresses []netip.Prefix   // that the test may use; none means DefaultAddresses
	// Here says whether an address is this host's. A sender with another is written as a
	// comment. Nil means that all are.
	Here func(netip.Addr) bool
}

// Draft is a site file and what it refers to.
type Draft struct {
	Site  []byte
	Files []DraftFile
	// Left is what of the configuration the checks of the site file do not cover, each with the reason.
	// It stands in the comments too.
	Left []string
}

// DraftFile is a file beside the site file.
type DraftFile struct {
	Name string
	Data []byte
}

// ErrNothingToCheck is the error of From where no check could be made of a configuration.
var ErrNothingToCheck = errors.New("nothing of it can be checked from here")

// From writes the site file whose checks cover what User-ID is made of in a configuration. It reads no
// secret, and writes references to secrets alone. The error is ErrNothingToCheck, or a mistake in the
// configuration.
func From(o Origin) (Draft, error) {
	d := &drafter{origin: o, names: map[string]bool{}, profiles: map[string]profile.Profile{}, origins: map[origin]string{}}
	var err error
	if d.sets, err = profile.Import(o.Config.File(), o.Config.Bytes()); err != nil {
		return Draft{}, err
	}
	for _, u := range o.Config.UserID() {
		if (o.VSys == "" || o.VSys == u.VSys) && (o.Template == "" || o.Template == u.Template) && len(u.Entries) > 0 {
			d.users = append(d.users, u)
		}
	}
	if len(d.users) == 0 {
		return Draft{}, fmt.Errorf("%s: no server is monitored in it, and no syslog sender is configured: %w", o.Source, ErrNothingToCheck)
	}
	for _, u := range d.users {
		if err := d.firewall(u); err != nil {
			return Draft{}, err
		}
	}
	if d.written == 0 {
		return Draft{}, fmt.Errorf("%s: %w: %s", o.Source, ErrNothingToCheck, strings.Join(d.left, "; "))
	}
	return d.draft(), nil
}

// drafter writes a site file.
type drafter struct {
	origin   Origin
	users    []panos.UserID
	sets     []profile.Set
	body     bytes.Buffer // firewalls
	names    map[string]bool
	profiles map[string]profile.Profile // written, by name
	order    []string
	origins  map[origin]string
	files    []DraftFile
	left     []string
	logins   []int // of each firewall, for the size of the test
	logouts  []int
	written  int // firewalls
}

func (d *drafter) line(indent int, format string, args ...any) {
	fmt.Fprintf(&d.body, "%*s"+format+"\n", append([]any{indent, ""}, args...)...)
}

// leave notes what is not covered, in the file as well.
func (d *drafter) leave(indent int, format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	d.left = append(d.left, text)
	d.line(indent, "# Not covered: %s", text)
}

func (d *drafter) draft() Draft {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# The site file of uidprobe, made of the configuration in %s.\n", oneLine(d.origin.Source))
	b.WriteString("# What is written here is what uidprobe does; nothing that is not named here is sent to. Each key is\n")
	b.WriteString("# explained in the file that \"uidprobe init\" writes. Secrets are referred to, and stand nowhere here.\n\n")
	fmt.Fprintf(&b, "version: %d\n\nfirewalls:\n", FileVersion)
	b.Write(d.body.Bytes())
	if len(d.order) > 0 {
		name := d.origin.Prefix + "profiles.yaml"
		fmt.Fprintf(&b, "\n# The parse profiles as the firewall has them, each with a sample message.\nprofile_files: [%s]\n", yamlText(name))
		var all []profile.Profile
		for _, p := range d.order {
			all = append(all, d.profiles[p])
		}
		d.files = append(d.files, DraftFile{name, profile.Format(all)})
	}
	d.writeTest(&b)
	return Draft{b.Bytes(), d.files, d.left}
}

func (d *drafter) firewall(u panos.UserID) error {
	body := d.body
	d.body = bytes.Buffer{}
	name := d.firewallName(u)
	d.line(2, "- name: %s", yamlText(name))
	d.about(u)
	if v := u.Device.Version; v != "" {
		if _, err := panos.DialectFor(v); err == nil {
			d.line(4, "panos: %s", yamlText(v))
		}
	}
	head := d.body
	d.body = bytes.Buffer{}
	logins, logouts, err := d.senders(u)
	if err != nil {
		return err
	}
	senders := d.body
	d.body = bytes.Buffer{}
	if logins > 0 {
		d.api(u, name)
	}
	d.body.Write(senders.Bytes())
	monitored := d.monitoring(u)
	whole := d.body
	d.body = body
	if logins == 0 && !monitored {
		// A firewall of which nothing is left would be a mistake in the file: it becomes a comment.
		head.Write(whole.Bytes())
		for text := range strings.Lines(head.String()) {
			d.body.WriteString("  #" + strings.TrimPrefix(text, "  "))
		}
		return nil
	}
	d.body.Write(head.Bytes())
	d.body.Write(whole.Bytes())
	d.written++
	d.logins, d.logouts = append(d.logins, logins), append(d.logouts, logouts)
	return nil
}

// firewallName is the host name, with what tells it from the others of the file.
func (d *drafter) firewallName(u panos.UserID) string {
	name := cmp.Or(u.Device.Hostname.Text, u.Template, "firewall")
	if len(d.users) > 1 {
		name = strings.Join(strings.Fields(cmp.Or(u.Device.Hostname.Text, u.Template)+" "+u.VSys), "-")
	}
	unique := name
	for i := 2; d.names[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	d.names[unique] = true
	return unique
}

func (d *drafter) api(u panos.UserID, name string) {
	url := d.origin.API
	if url == "" {
		host := u.Device.Address.Text
		if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
			host = "[" + host + "]"
		}
		if host == "" {
			d.line(4, "# The file does not say where the XML API is: add api:, or paste the counters (check --counters-before).")
			return
		}
		url = "https://" + host
	}
	d.line(4, "# Only commands that read are used. The key is kept outside of this file.")
	d.line(4, "api:")
	d.line(6, "url: %s", yamlText(url))
	key := d.origin.Key
	if !key.Given() {
		key.Env = "UIDPROBE_" + environmentWord(name) + "_KEY"
	}
	d.line(6, "key: %s", reference(key))
	if d.origin.CA != "" {
		d.line(6, "ca: %s", yamlText(d.origin.CA))
	}
	if d.origin.ServerName != "" {
		d.line(6, "server_name: %s", yamlText(d.origin.ServerName))
	}
	if u.VSys != "" && u.VSys != DefaultVSys {
		d.line(6, "vsys: %s", yamlText(u.VSys))
	}
}

func reference(r credential.Reference) string {
	if r.File != "" {
		return "{file: " + yamlText(r.File) + "}"
	}
	return "{env: " + r.Env + "}"
}

// environmentWord is a name as a part of an environment variable's.
func environmentWord(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, name)
}

// yamlText is a scalar that is read back as the same text, whatever is in it.
func yamlText(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffd
	}) {
		return fmt.Sprintf("%+q", text)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// oneLine is a text that can stand in a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}
