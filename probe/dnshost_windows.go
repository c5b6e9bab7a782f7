package probe

import (
	"os"
	"path/filepath"
)

// systemHosts is the hosts file.
func systemHosts() string {
	return filepath.Join(os.Getenv("SystemRoot"), `System32\drivers\etc\hosts`)
}
