package profile

import (
	"strings"

	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/strictyaml"
	"github.com/uidprobe/uidprobe/wire/syslog"
)

// The YAML of a profile file. Below a profile the keys are PAN-OS's XML elements.
type (
	setYAML struct {
		Vendor     string        `yaml:"vendor"`
		Title      titleYAML     `yaml:"title"`
		Source     string        `yaml:"source"`
		Confidence string        `yaml:"confidence"`
		Place      string        `yaml:"place"`
		Profiles   []profileYAML `yaml:"profiles"`
		Senders    []senderYAML  `yaml:"senders"`
		Lint       []ignoreYAML  `yaml:"lint"`
		Cases      []caseYAML    `yaml:"cases"`
	}
	titleYAML struct {
		EN string `yaml:"en"`
		JA string `yaml:"ja"`
	}
	profileYAML struct {
		Name        string         `yaml:"name"`
		Description string         `yaml:"description"`
		EventType   string         `yaml:"event-type"`
		Field       *fieldYAML     `yaml:"field-identifier"`
		Regex       *regexYAML     `yaml:"regex-identifier"`
		Samples     []sampleYAML   `yaml:"samples"`
		MustNotMap  []negativeYAML `yaml:"must-not-map"`
		Lint        []ignoreYAML   `yaml:"lint"`
	}
	fieldYAML struct {
		EventString       string `yaml:"event-string"`
		UsernamePrefix    string `yaml:"username-prefix"`
		UsernameDelimiter string `yaml:"username-delimiter"`
		AddressPrefix     string `yaml:"address-prefix"`
		AddressDelimiter  string `yaml:"address-delimiter"`
		AddressPerLog     int    `yaml:"address-per-log"`
	}
	regexYAML struct {
		EventRegex    string `yaml:"event-regex"`
		UsernameRegex string `yaml:"username-regex"`
		AddressRegex  string `yaml:"address-regex"`
		AddressPerLog int    `yaml:"address-per-log"` // to say that it is not for a regex
	}
	sampleYAML struct {
		Message string `yaml:"message"`
		User    string `yaml:"user"`
		Address string `yaml:"address"`
	}
	negativeYAML struct {
		Message string `yaml:"message"`
		Why     string `yaml:"why"`
	}
	senderYAML struct {
		Name              string         `yaml:"name"`
		Address           string         `yaml:"address"`
		ConnectionType    string         `yaml:"connection-type"`
		Disabled          bool           `yaml:"disabled"`
		DefaultDomainName string         `yaml:"default-domain-name"`
		Profiles          []attachedYAML `yaml:"profiles"`
	}
	attachedYAML struct {
		Name      string `yaml:"name"`
		EventType string `yaml:"event-type"`
	}
	ignoreYAML struct {
		Ignore  string `yaml:"ignore"`
		Because string `yaml:"because"`
	}
)

// Load reads a YAML file of profiles. file is only its name for errors. The error is
// strictyaml.Problems: all mistakes, each with line and column; there are no profiles then.
// Whether the samples match is not looked at.
func Load(file string, data []byte) ([]Profile, error) {
	set, err := LoadSet(file, data)
	return set.Profiles, err
}

// LoadSet is Load with what the file says about its profiles. What only the files of the
// library must say, any file may. The cases of a file are for ReadSuite; here they are only
// looked at for mistakes.
func LoadSet(file string, data []byte) (Set, error) {
	_, y, err := decodeSet(file, data)
	if err != nil {
		return Set{}, err
	}
	return y.set(), nil
}

// decodeSet reads a file of profiles, and their cases if there are any.
func decodeSet(file string, data []byte) (*strictyaml.Document, setYAML, error) {
	var y setYAML
	doc, err := strictyaml.Decode(file, data, &y)
	if doc == nil {
		return nil, y, err
	}
	checkSet(doc, y, y.set())
	checkSenders(doc, y.Senders)
	checkIgnores(doc, y)
	checkCases(doc, y.Cases)
	return doc, y, doc.Err()
}

func (y setYAML) set() Set {
	s := Set{
		Vendor:     y.Vendor,
		Title:      lang.Text{EN: y.Title.EN, JA: y.Title.JA},
		Source:     y.Source,
		Confidence: Confidence(y.Confidence),
		Place:      y.Place,
	}
	for _, p := range y.Profiles {
		s.Profiles = append(s.Profiles, p.profile())
	}
	for _, x := range y.Senders {
		s.Senders = append(s.Senders, x.sender())
	}
	return s
}

func (y profileYAML) profile() Profile {
	p := Profile{Name: y.Name, Description: y.Description, Event: panos.EventType(y.EventType)}
	if p.Event == "" {
		p.Event = panos.Login
	}
	if f := y.Field; f != nil {
		p.Field = &FieldIdentifier{f.EventString, f.UsernamePrefix, f.UsernameDelimiter,
			f.AddressPrefix, f.AddressDelimiter, f.AddressPerLog}
	}
	if r := y.Regex; r != nil {
		p.Regex = &RegexIdentifier{r.EventRegex, r.UsernameRegex, r.AddressRegex}
	}
	for _, s := range y.Samples {
		p.Samples = append(p.Samples, Sample(s))
	}
	for _, n := range y.MustNotMap {
		p.MustNotMap = append(p.MustNotMap, Negative(n))
	}
	return p
}

// checkSet notes what is wrong with the meaning of a file.
func checkSet(doc *strictyaml.Document, y setYAML, set Set) {
	c := set.Confidence
	if c != "" && c != Documented && c != Derived {
		doc.Problem(strictyaml.Path{"confidence"}, "", "confidence %q is neither documented nor derived", c)
	}
	if len(set.Profiles) == 0 && len(set.Senders) == 0 && !doc.Wrong("profiles") {
		doc.Problem(strictyaml.Path{"profiles"}, "begin with profiles:", "the file has no profiles")
	}
	first := map[string]int{}
	for i, p := range set.Profiles {
		at := strictyaml.Path{"profiles", i}
		if doc.Wrong(at...) {
			continue
		}
		for _, problem := range p.problems() {
			if path := at.With(problem.path...); !complained(doc, at, path) {
				doc.Problem(path, problem.hint, "%s", problem.message)
			}
		}
		checkPerLog(doc, at, y.Profiles[i])
		checkSamples(doc, at, p)
		if before, again := first[p.Name]; again && p.Name != "" {
			line, _ := doc.At("profiles", before, "name")
			doc.Problem(at.With("name"), "", "name %q is taken by the profile in line %d", p.Name, line)
			continue
		}
		first[p.Name] = i
	}
}

// complained says whether the value at path, or one round it up to the profile, could not
// be read. A profile as a whole misses its identifier also when that could not be.
func complained(doc *strictyaml.Document, profile, path strictyaml.Path) bool {
	if len(path) == len(profile) {
		return doc.Wrong(profile.With(regexIdentifier)...) || doc.Wrong(profile.With(fieldIdentifier)...)
	}
	for n := len(profile) + 1; n <= len(path); n++ {
		if doc.Wrong(path[:n]...) {
			return true
		}
	}
	return false
}

// checkPerLog looks at what a Profile cannot hold: an address-per-log that is there and should
// not be, or is 0.
func checkPerLog(doc *strictyaml.Document, at strictyaml.Path, y profileYAML) {
	if path := at.With(regexIdentifier, addressPerLog); doc.Has(path...) {
		doc.KeyProblem(path, "remove it", "address-per-log exists for field identifiers only")
	}
	path := at.With(fieldIdentifier, addressPerLog)
	if doc.Has(path...) && !doc.Wrong(path...) && y.Field.AddressPerLog == 0 {
		doc.Problem(path, "", "address-per-log 0 is not between 1 and %d", MaxAddressesPerLog)
	}
}

func checkSamples(doc *strictyaml.Document, at strictyaml.Path, p Profile) {
	for i, s := range p.Samples {
		at := at.With("samples", i)
		if doc.Wrong(at...) {
			continue
		}
		checkTemplate(doc, at.With("message"), s.Message)
		checkTemplate(doc, at.With("user"), s.User)
		checkTemplate(doc, at.With("address"), s.Address)
	}
	for i, n := range p.MustNotMap {
		if at := at.With("must-not-map", i); !doc.Wrong(at...) {
			checkTemplate(doc, at.With("message"), n.Message)
		}
	}
}

// checkTemplate checks one text with places to fill in, which must be there.
func checkTemplate(doc *strictyaml.Document, at strictyaml.Path, text string) {
	key := at[len(at)-1]
	switch {
	case doc.Wrong(at...):
	case text == "":
		doc.Problem(at, "", "%s is missing or empty", key)
	case strings.ContainsAny(text, "\r\n"):
		doc.Problem(at, "a message is one line", "%s has a line break in it", key)
	default:
		if _, err := syslog.ParseTemplate(text); err != nil {
			doc.Problem(at, "", "%s: %s", key, err)
		}
	}
}
