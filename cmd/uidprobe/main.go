// Command uidprobe tests and simulates PAN-OS User-ID: the syslog listener and the
// agentless server monitoring.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endSignals...)
	// The first signal ends the work and keeps the report; the handler is then gone, so
	// that a second one ends the process.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
