package strictyaml_test

import (
	"fmt"
	"time"

	"github.com/uidprobe/uidprobe/strictyaml"
)

// Defaults stand in the value before; what Decode finds and what the program finds
// afterwards come out together, in the order of the file.
func ExampleDecode() {
	site := struct {
		Port uint16        `yaml:"port"`
		Wait time.Duration `yaml:"wait"`
	}{Wait: 10 * time.Second}

	doc, err := strictyaml.Decode("site.yaml", []byte("prot: 514\nwait: -5s\n"), &site)
	if doc == nil {
		fmt.Println(err) // nothing could be read
		return
	}
	if site.Wait <= 0 {
		doc.Problem(strictyaml.Path{"wait"}, "such as 10s", "wait must be above 0, got %v", site.Wait)
	}
	fmt.Println(doc.Err())
	// Output:
	// site.yaml:1:1: unknown key "prot"; did you mean "port"?
	// site.yaml:2:7: wait must be above 0, got -5s; such as 10s
}
