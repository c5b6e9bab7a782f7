package profile_test

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/uidprobe/uidprobe/panos"
	"github.com/uidprobe/uidprobe/profile"
)

const radius = `profiles:
  - name: radius-login
    event-type: login
    regex-identifier:
      event-regex: 'Login OK: '
      username-regex: ' user=([a-z]+) '
      address-regex: ' ip=([0-9.]+)$'
`

// A case written in Go: the entry of a sender, messages, and what must come of them.
func ExampleCase_Run() {
	profiles, err := profile.Load("radius.yaml", []byte(radius))
	if err != nil {
		fmt.Println(err)
		return
	}
	c := profile.Case{
		Name: "a guest",
		Config: profile.Config{
			Attachments:   []profile.Attachment{{Profile: profiles[0], Event: panos.Login}},
			DefaultDomain: "corp",
		},
		Messages: []string{"Login OK: user=jane ip=198.51.100.7", "Login OK: user=guest17 ip=198.51.100.8"},
		Expect: []profile.Expectation{
			{Matches: []profile.Expected{{User: `corp\jane`, Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.7")}}}},
			{Matches: []profile.Expected{{User: `corp\guest17`, Addresses: []netip.Addr{netip.MustParseAddr("198.51.100.8")}}}},
		},
	}
	differences, err := c.Run()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range differences {
		fmt.Printf("%s\n%s", d.Text, d)
	}
	// Output:
	// Login OK: user=guest17 ip=198.51.100.8
	// - outcome:   a match
	// + outcome:   nothing
	// - event:     login
	// - user:      guest17
	// - domain:    corp
	// - addresses: 198.51.100.8
}

// Cases that stand in a file with their profiles; ReadSuite does the same with files and
// folders.
func ExampleLoadSuite() {
	suite, err := profile.LoadSuite("radius.yaml", []byte(radius+`cases:
  - name: a log-in
    message: 'Login OK: user=jane ip=198.51.100.7'
    expect: [{event: login, user: jane, addresses: [198.51.100.7]}]
  - name: refused
    message: 'Login incorrect: user=jane ip=198.51.100.7'
    nothing: {gave-up: event}
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range suite.Cases {
		differences, err := c.Run()
		fmt.Println(c.Name, len(differences), err)
	}
	for _, p := range suite.Coverage() {
		fmt.Println(p.Tested, "not reached:", p.Missing())
	}
	// Output:
	// a log-in 0 <nil>
	// refused 0 <nil>
	// radius.yaml: radius-login not reached: [username gives up address gives up]
}

// What no case of a suite notices, and a message that would slip through.
func ExampleSuite_Survivors() {
	suite, err := profile.LoadSuite("radius.yaml", []byte(radius+`cases:
  - name: a log-in
    message: 'Login OK: user=jane ip=198.51.100.7'
    expect: [{event: login, user: jane, addresses: [198.51.100.7]}]
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	survivors, mutants, err := suite.Survivors(context.Background(), suite.Tested[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mutants, "mutants")
	fmt.Println(survivors[0].Mutant)
	fmt.Println(survivors[0].Message)
	fmt.Println(survivors[0].Is, "instead of", survivors[0].Was)
	// Output:
	// 10 mutants
	// username-regex " user=([a-z]+) " without " " at character 1: "user=([a-z]+) "
	// Login OK: xuser=jane ip=198.51.100.7
	// login of "jane" at 198.51.100.7 instead of nothing
}
