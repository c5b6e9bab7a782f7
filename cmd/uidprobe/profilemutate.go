package main

import (
	"github.com/urfave/cli/v2"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/profile"
)

func profileMutateCommand() *cli.Command {
	return &cli.Command{
		Name:      "mutate",
		Usage:     "weaken each pattern of profiles in turn, and see whether a case notices",
		ArgsUsage: "FILE|DIR...",
		Description: "Each regex, prefix and delimiter is weakened in turn, and the cases of the profile are run. A\n" +
			"weakened copy that passes them all is shown with a message that would slip through: a case to\n" +
			"add. Which files are read is as for profile test. Survivors are warnings: --fail-on warn makes\n" +
			"them exit code 1.\n\n" +
			"Example: uidprobe profile mutate profiles/ise.yaml",
		Flags: suiteFlags(),
		Action: func(c *cli.Context) error {
			return testSuite(c, func(s *profile.Suite) ([]check.Check, error) { return s.MutantChecks(), nil })
		},
	}
}
