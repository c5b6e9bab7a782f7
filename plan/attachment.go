package plan

import (
	"errors"
	"path/filepath"
	"regexp"
	"unicode/utf8"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
	"github.com/uidprobe/uidprobe/strictyaml"
)

// maxProfileFiles bounds how many files one site file makes us read.
const maxProfileFiles = 100

// profileFiles reads the profiles that the site brings along.
func (r *reader) profileFiles(files []string) {
	r.profiles = map[string]profile.Profile{}
	from := map[string]string{}
	for i, name := range files {
		at := place{"profile_files", i}
		if i == maxProfileFiles {
			r.Problem(at, "", "profile_files: %d files, at most %d are read", len(files), maxProfileFiles)
			return
		}
		for _, p := range r.profileFile(at, name) {
			if other, twice := from[p.Name]; twice {
				r.Problem(at, "rename one of them", "%s: profile %q stands in %q already", at, p.Name, other)
				continue
			}
			r.profiles[p.Name], from[p.Name] = p, name
		}
	}
}

func (r *reader) profileFile(at place, name string) []profile.Profile {
	file, ok := r.existing(at, name)
	if !ok {
		r.unsure = true
		return nil
	}
	data, err := readRegular(file)
	if err != nil {
		r.unsure = true
		r.Problem(at, "", "%s: %v", at, err)
		return nil
	}
	profiles, err := profile.Load(filepath.ToSlash(file), data)
	if err == nil {
		return profiles
	}
	r.unsure = true
	if problems := (strictyaml.Problems)(nil); errors.As(err, &problems) {
		r.foreign = append(r.foreign, problems...)
	} else {
		r.Problem(at, "", "%s: %v", at, err)
	}
	return profiles
}

func (r *reader) attachments(at place, text []attachmentFile) []profile.Attachment {
	const hint = "name the parse profiles that the entry has"
	if !r.required(at, hint) {
		r.badProfiles = true
		return nil
	}
	if len(text) == 0 {
		r.badProfiles = true
		r.Problem(at, hint, "%s is empty", at)
	}
	r.count(at, len(text), profile.MaxAttachments, "profiles of one sender")
	var all []profile.Attachment
	seen := names{}
	for i, one := range text {
		here := at.With(i)
		if r.Wrong(here...) || !r.text(here.With("name"), one.Name, "the name of a parse profile") {
			r.badProfiles = true
			continue
		}
		r.once(seen, here.With("name"), "profile", one.Name)
		if a, ok := r.attachment(here, one); ok {
			all = append(all, a)
		}
	}
	return all
}

func (r *reader) attachment(at place, text attachmentFile) (a profile.Attachment, ok bool) {
	p, ok := r.find(at.With("name"), text.Name)
	event := at.With("event")
	switch {
	case !r.given(event):
		a = profile.Attachment{Profile: p, Event: p.Event}
		if a.Event == "" {
			a.Event = panos.Login
		}
	case text.Event == string(panos.Login) || text.Event == string(panos.Logout):
		a = profile.Attachment{Profile: p, Event: panos.EventType(text.Event)}
	default:
		r.Problem(event, "write login or logout", "%s: %q is not an event type", event, text.Event)
	}
	r.badProfiles = r.badProfiles || !ok || a.Event == ""
	return a, ok
}

// profileName is what the configuration schema allows (PAN-OS 10.0.5).
var profileName = regexp.MustCompile(`^[a-zA-Z._-][ 0-9a-zA-Z._-]*$`)

// find looks a profile up: in the profile files first, then in the library.
func (r *reader) find(at place, name string) (profile.Profile, bool) {
	if p, ok := r.profiles[name]; ok {
		return p, true
	}
	if p, ok := library.Find(name); ok {
		return p, true
	}
	switch n := utf8.RuneCountInString(name); {
	case n > profile.MaxName:
		r.Problem(at, "", "%s has %d characters, PAN-OS takes at most %d", at, n, profile.MaxName)
	case !profileName.MatchString(name):
		r.Problem(at, "letters, digits, blank, dot, _ and -, not beginning with a digit or a blank",
			"%s: %q is a name that PAN-OS refuses", at, name)
	case !r.unsure:
		r.Problem(at, didYouMean(name, r.known(), "uidprobe profile list shows those of the library, profile_files adds your own"),
			"%s: there is no profile %q", at, name)
	}
	return profile.Profile{}, false
}

// known is the names of every profile that could be attached.
func (r *reader) known() (known []string) {
	for name := range r.profiles {
		known = append(known, name)
	}
	for _, vendor := range library.All() {
		for _, p := range vendor.Profiles {
			known = append(known, p.Name)
		}
	}
	return known
}
