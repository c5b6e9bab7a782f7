package panos

// CleanLine returns a line that was copied from a terminal without what the terminal added:
// escape sequences, control characters, marks of the pager, blanks at its end, and prompts
// such as "admin@PA-440> ". Blanks at its start stay, for the columns of tables. prompted says
// that a prompt stood there: what is left is a command, or nothing.
func CleanLine(line string) (clean string, prompted bool) { return cleanLine(line) }
