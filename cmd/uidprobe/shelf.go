package main

import (
	"os"
	"slices"
	"strings"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

// shelf is profiles by name: those of files first, then the library's.
type shelf struct{ profiles []profile.Profile }

func openShelf(files []string) (*shelf, error) {
	s := &shelf{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{err}
		}
		profiles, err := profile.Load(name, data)
		if err != nil {
			return nil, usageError{err}
		}
		s.profiles = append(s.profiles, profiles...)
	}
	for _, v := range library.All() {
		s.profiles = append(s.profiles, v.Profiles...)
	}
	return s, nil
}

func (s *shelf) names() (names []string) {
	for _, p := range s.profiles {
		if !slices.Contains(names, p.Name) { // a file's profile hides the library's
			names = append(names, p.Name)
		}
	}
	return names
}

func (s *shelf) find(name string) (profile.Profile, error) {
	var names []string
	for _, p := range s.profiles {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return profile.Profile{}, usagef("there is no profile %q%s; see uidprobe profile list", name, didYouMean(name, names))
}

// attach reads arguments such as "asa-login" and "asa-login=logout".
func (s *shelf) attach(args []string) (list []profile.Attachment, err error) {
	for _, arg := range args {
		name, event, given := strings.Cut(arg, "=")
		p, err := s.find(name)
		if err != nil {
			return nil, err
		}
		a := profile.Attachment{Profile: p, Event: p.Event}
		if given {
			switch a.Event = panos.EventType(event); a.Event {
			case panos.Login, panos.Logout:
			default:
				return nil, usagef("%q: the event type is login or logout", arg)
			}
		}
		list = append(list, a)
	}
	return list, nil
}
