package site

import (
	"fmt"

	"github.com/uidprobe/uidprobe/profile"
	"github.com/uidprobe/uidprobe/profile/library"
)

// attached names the profiles that each sender of the lab has. They are not all of the
// library: a sender takes profile.MaxAttachments, and some of its profiles read one message
// both.
var attached = []string{
	"aruba-clearpass-login",
	"cisco-asa-anyconnect-login",
	"cisco-ise-login", "cisco-ise-logout",
	"cisco-meraki-anyconnect-login", "cisco-meraki-anyconnect-logout",
	"freeradius-login", "freeradius-logout",
	"ivanti-connect-secure-login", "ivanti-connect-secure-logout",
}

// Attachments are the profiles of the library as each sender of the lab has them, with the
// event that each is meant for. A test holds that no sample of one is read by another as
// well. A name that the library does not have is a defect of the program: it panics.
func Attachments() []profile.Attachment {
	var attachments []profile.Attachment
	for _, name := range attached {
		p, ok := library.Find(name)
		if !ok {
			panic(fmt.Sprintf("site: the library has no profile %q", name))
		}
		attachments = append(attachments, profile.Attachment{Profile: p, Event: p.Event})
	}
	return attachments
}
