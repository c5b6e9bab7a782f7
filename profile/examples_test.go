package profile_test

import (
	"fmt"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

// A profile from a file, attached to a sender with a default domain, reads one message and
// explains why it does not read another.
func Example() {
	const file = `
profiles:
  - name: radius-login
    event-type: login
    field-identifier:
      event-string: RADIUS Accounting start request
      username-prefix: ' User-Name='
      username-delimiter: ','
      address-prefix: ' Framed-IP-Address='
      address-delimiter: ','
`
	profiles, err := profile.Load("profiles.yaml", []byte(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := profile.Compile(profile.Config{
		Attachments:   []profile.Attachment{{Profile: profiles[0], Event: panos.Login}},
		DefaultDomain: "corp",
		Dialect:       panos.DefaultDialect(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	line := []byte("RADIUS Accounting start request, User-Name=jane@corp.example, Framed-IP-Address=198.51.100.7,")
	for _, match := range m.Match(nil, line) {
		fmt.Println(match.Event, match.User, match.Addresses)
	}

	cut := []byte("RADIUS Accounting start request, User-Name=jane, Framed-IP-Address=198.51.100.7")
	if nearest, ok := profile.Nearest(m.Trace(cut)); ok {
		fmt.Print(nearest.Draw(cut))
	}
	// Output:
	// login corp\jane [198.51.100.7]
	// RADIUS Accounting start request, User-Name=jane, Framed-IP-Address=198.51.100.7
	// ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ event
	//                                 ~~~~~~~~~~~^^^^~ username
	//                                                 ~~~~~~~~~~~~~~~~~~~! address gave up
	// radius-login (login): nothing: address-delimiter "," is nowhere behind address-prefix " Framed-IP-Address=", from column 68 on
	//   hint: address: the value is the last thing in the message; the delimiter \n takes the end of the message for one
}

func ExampleLoad() {
	_, err := profile.Load("profiles.yaml", []byte(`profiles:
  - name: 1st profile
    regex-identifier:
      event-regex: 'login(?= ok)'
      username-regex: 'user=([a-z]+)'
`))
	fmt.Println(err)
	// Output:
	// profiles.yaml:2:11: PAN-OS refuses the name "1st profile"; a name has letters, digits, blanks, dots, hyphens and underscores, and begins with none of digit and blank
	// profiles.yaml:4:7: address-regex is missing or empty; it is mandatory
	// profiles.yaml:4:20: event-regex: look-ahead "(?=" at character 6: RE2 has none; match the text itself and take the value as a group: what stands round a group is left out anyway
}
