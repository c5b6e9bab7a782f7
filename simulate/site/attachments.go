package site

import (
	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

// Attachments are the profiles of the library as each sender of the lab has them: all of
// them, with the event that each is meant for. A test holds that no sample of one is read
// by another as well.
func Attachments() []profile.Attachment {
	var attachments []profile.Attachment
	for _, vendor := range library.All() {
		for _, p := range vendor.Profiles {
			attachments = append(attachments, profile.Attachment{Profile: p, Event: p.Event})
		}
	}
	return attachments
}
