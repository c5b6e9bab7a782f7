package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/uidprobe/uidprobe/check"
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/sender"
)

// Sending is messages to be put on the wire, without asking what becomes of them.
type Sending struct {
	Connection sender.Connection // its TLS part is made from TLS
	TLS        TLS
	Source     sender.Source
	Rate       sender.Rate
	Count      uint64        // 0: as many as the source has, or Duration allows
	Duration   time.Duration // 0: no limit but Count and the source
}

// SendCheck is the sending as a check. It has no clock but the run's: a load may be long.
func SendCheck(s Sending) check.Check {
	return check.Check{
		ID:      "sender.sent",
		Title:   lang.Text{EN: "the messages were handed to the network at the rate asked", JA: "指定したレートでメッセージを送信した"},
		Source:  "uidprobe: what is sent is not yet received",
		Target:  s.Connection.To.String(),
		Timeout: forever,
		Run:     func(ctx context.Context) check.Result { return s.run(ctx) },
	}
}

const forever = 1 << 62 * time.Nanosecond // as good as no clock

func (s Sending) run(ctx context.Context) check.Result {
	if s.Connection.To.Scheme == sender.TLS {
		config, err := s.TLS.config(s.Connection.To.Host)
		if err != nil {
			return check.Result{Status: check.Error, Summary: err.Error(), Hint: "see --ca, --cert and --key"}
		}
		s.Connection.TLS = senderTLS(config)
	}
	report, err := sender.Run(ctx, sender.Config{
		Connection: s.Connection, Source: s.Source, Rate: s.Rate, Count: s.Count, Duration: s.Duration,
	})
	var r check.Result
	switch {
	case ctx.Err() != nil:
		r = check.Result{Status: check.Skip, Skipped: check.Interrupted}
		r.Summary = fmt.Sprintf("interrupted after %d messages", report.Sent)
	case err != nil:
		r = sendFailure(s.Connection.To, err)
		r.Summary += fmt.Sprintf("; %d messages were sent and %d were not", report.Sent, report.Failed)
	case report.Sent == 0:
		r = check.Result{Status: check.Error, Summary: "there was no message to send", Hint: "see --message, --template and --file"}
	case !report.Kept:
		r = check.Result{Status: check.Warn, Hint: "ask for a lower rate, or send from several processes"}
		r.Summary = fmt.Sprintf("%d messages, but at %.0f/s instead of %s", report.Sent, report.Achieved, report.Asked)
	default:
		r = check.Result{Status: check.Pass, Summary: fmt.Sprintf("%d messages in %v", report.Sent, report.Elapsed.Round(time.Millisecond))}
	}
	r.Measures = sendMeasures(report)
	r.Evidence = sendEvidence(report)
	return r
}

func senderTLS(c *tls.Config) sender.TLSConfig {
	out := sender.TLSConfig{
		Roots: c.RootCAs, ServerName: c.ServerName, MinVersion: c.MinVersion, SkipVerify: c.InsecureSkipVerify,
	}
	if len(c.Certificates) > 0 {
		out.Certificate = &c.Certificates[0]
	}
	return out
}

func errorKinds(r sender.Report) string {
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		words = append(words, fmt.Sprintf("%s %d", kind, r.Errors[kind]))
	}
	return strings.Join(words, ", ")
}

func sendMeasures(r sender.Report) []check.Measure {
	return []check.Measure{
		messagesMeasure("sent", int(r.Sent)),
		{Name: "bytes", Value: float64(r.Bytes), Unit: "bytes"},
		{Name: "rate", Value: r.Achieved, Unit: "messages/s"},
		{Name: "write-min", Value: r.Write.Min.Seconds(), Unit: "seconds"},
		{Name: "write-median", Value: r.Write.Median.Seconds(), Unit: "seconds"},
		{Name: "write-max", Value: r.Write.Max.Seconds(), Unit: "seconds"},
	}
}

func sendEvidence(r sender.Report) (list []check.Evidence) {
	if r.TLS != nil {
		text := fmt.Sprintf("%s, %s, peer %s", r.TLS.Version, r.TLS.Cipher, r.TLS.PeerSubject)
		if !r.TLS.Verified {
			text += ", NOT verified"
		}
		list = append(list, check.Evidence{Name: "tls", Text: text})
	}
	if len(r.Errors) > 0 {
		list = append(list, check.Evidence{Name: "errors by kind", Text: errorKinds(r)})
	}
	return list
}
