package main

import "os"

var endSignals = []os.Signal{os.Interrupt}
