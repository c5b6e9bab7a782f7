package panos

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// AppendHighAvailabilityAnswer appends the answer to "show high-availability state" (test
// data of public clients). That "… all" answers with the same elements is assumed.
func AppendHighAvailabilityAnswer(dst []byte, h HighAvailability) []byte {
	dst = append(dst, successOpen...)
	if !h.Enabled {
		return append(append(dst, "<enabled>no</enabled>"...), responseClose...)
	}
	dst = append(dst, "<enabled>yes</enabled><group>"...)
	dst = appendElement(dst, "mode", h.Mode)
	dst = appendElement(append(dst, "<local-info>"...), "state", h.LocalState)
	dst = append(dst, "</local-info>"...)
	if h.PeerState != "" || h.PeerConnection != "" {
		dst = appendElement(append(dst, "<peer-info>"...), "state", h.PeerState)
		dst = appendElement(dst, "conn-status", h.PeerConnection)
		dst = append(dst, "</peer-info>"...)
	}
	if h.RunningSync != "" {
		dst = appendElement(dst, "running-sync", h.RunningSync)
	}
	return append(append(dst, "</group>"...), responseClose...)
}

// HighAvailability reads the result of "show high-availability state": elements within a
// group or, as a manager has them, directly in the result; or text.
func (r Response) HighAvailability() (HighAvailability, error) {
	if len(bytes.TrimSpace([]byte(r.Result.Text))) > 0 {
		return ParseHighAvailability([]byte(r.Result.Text))
	}
	enabled := strings.ToLower(r.Result.childText("enabled"))
	if enabled == "no" {
		return HighAvailability{}, nil
	}
	from, grouped := r.Result.Child("group")
	if !grouped {
		from = r.Result
	}
	local, _ := from.Child("local-info")
	peer, _ := from.Child("peer-info")
	h := HighAvailability{
		Enabled:        true,
		Mode:           from.childText("mode"),
		LocalState:     local.childText("state"),
		PeerState:      peer.childText("state"),
		PeerConnection: peer.childText("conn-status"),
		RunningSync:    from.childText("running-sync"),
	}
	first(&h.Mode, local.childText("mode"))
	switch {
	case h.LocalState == "":
		return HighAvailability{}, fmt.Errorf("high availability: enabled is %q, and local-info/state is missing", clip(enabled, 40))
	case enabled != "" && enabled != "yes":
		return HighAvailability{}, fmt.Errorf(`high availability: enabled is %q, neither "yes" nor "no"`, clip(enabled, 40))
	}
	return h, nil
}

// HighAvailability asks for the state of the unit and of its peer.
func (c *Client) HighAvailability(ctx context.Context) (h HighAvailability, err error) {
	err = c.op(ctx, Command{Kind: KindHAState}, func(r Response) error {
		h, err = r.HighAvailability()
		return err
	})
	return h, err
}
