package firewall

import (
	"github.com/uidprobe/uidprobe/lang"
	"github.com/uidprobe/uidprobe/simulate"
)

// The gates that a message has to pass between the listener and the table.
const (
	FaultEntryDisabled   = "entry-disabled"
	FaultWrongTransport  = "wrong-transport"
	FaultWrongVSys       = "wrong-vsys"
	FaultIgnoredUser     = "ignored-user"
	FaultNetworkExcluded = "network-excluded"
	FaultHAPassive       = "ha-passive"
	FaultDomainOverride  = "domain-override"
	FaultDataplaneLate   = "dataplane-late"
	FaultMappingTimeout  = "mapping-timeout"
	FaultSameTimestamp   = "same-timestamp"
	FaultStrayLogoutMaps = "stray-logout-maps"
)

// entryFaults are wrong settings of a server-monitor entry.
func entryFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultEntryDisabled,
				Title: lang.Text{
					EN: "the sender's server-monitor entry is disabled",
					JA: "送信元のサーバー モニタリング エントリが無効になっている",
				},
				Check:  "listener.sender",
				Params: []simulate.Param{senderParam},
			},
			start: func(e *effects, p params) (err error) { e.entryDisabled, err = p.sender(); return err },
			stop:  func(e *effects) { e.entryDisabled = "" },
		},
		{
			Fault: simulate.Fault{
				ID: FaultWrongTransport,
				Title: lang.Text{
					EN: "the sender's entry has the other connection type",
					JA: "送信元のエントリの接続タイプ（UDP と SSL）が逆に設定されている",
				},
				Check:  "listener.sender",
				Params: []simulate.Param{senderParam},
			},
			start: func(e *effects, p params) (err error) { e.wrongTransport, err = p.sender(); return err },
			stop:  func(e *effects) { e.wrongTransport = "" },
		},
		{
			Fault: simulate.Fault{
				ID: FaultWrongVSys,
				Title: lang.Text{
					EN: "the sender's entry is in another virtual system",
					JA: "送信元のエントリが別の仮想システムに設定されている",
				},
				Check: "listener.sender",
				Params: []simulate.Param{senderParam,
					{Name: "vsys", Default: "vsys2", Means: "the virtual system that the entry and its mappings are in, such as vsys2"}},
			},
			start: func(e *effects, p params) error { return p.move(e) },
			stop:  func(e *effects) { e.moved = moved{} },
		},
		{
			Fault: simulate.Fault{
				ID: FaultDomainOverride,
				Title: lang.Text{
					EN: "the sender's default domain puts another domain before the users",
					JA: "送信元のデフォルト ドメイン名により、ユーザーのドメインが別のものに置き換わる",
				},
				Check: "delivery.mapped",
				Params: []simulate.Param{senderParam,
					{Name: "domain", Default: "other", Means: "the default domain of the entry"}},
			},
			start: func(e *effects, p params) error { return p.override(e) },
			stop:  func(e *effects) { e.overridden = nil },
		},
	}
}

// keptOutFaults let a login be read and keep it out of the table.
func keptOutFaults() []fault {
	return []fault{
		{
			// A prefix so that it holds for the users of every test; what is in a list of ignored
			// users is full names, as far as documents say.
			Fault: simulate.Fault{
				ID: FaultIgnoredUser,
				Title: lang.Text{
					EN: "the users are on the firewall's list of ignored users",
					JA: "ユーザーがファイアウォールの無視ユーザー リストに含まれている",
				},
				Check: "delivery.authenticated", Symptom: "syslog.counters.no-auth-success",
				Params: []simulate.Param{{Name: "users", Default: "uidprobe-", Means: "what the names of all users that are on the list begin with, without a domain"}},
			},
			start: func(e *effects, p params) (err error) { e.ignored, err = p.text("users"); return err },
			stop:  func(e *effects) { e.ignored = "" },
		},
		{
			Fault: simulate.Fault{
				ID: FaultNetworkExcluded,
				Title: lang.Text{
					EN: "the addresses are in an excluded network",
					JA: "アドレスが除外ネットワークに含まれている",
				},
				Check: "delivery.authenticated", Symptom: "syslog.counters.no-auth-success",
				Params: []simulate.Param{{Name: "network", Default: "198.51.100.0/24", Means: "the network that is excluded, before all other entries"}},
			},
			start: func(e *effects, p params) error { return p.exclude(e) },
			stop:  func(e *effects) { e.excluded = nil },
		},
	}
}

// tableFaults are about when a mapping is there, and how long.
func tableFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultDataplaneLate,
				Title: lang.Text{
					EN: "mappings reach the data plane late",
					JA: "マッピングがデータ プレーンに届くのが遅い",
				},
				Check:  "delivery.mapped",
				Params: []simulate.Param{{Name: "delay", Default: "1m", Means: "how long after its login a mapping is on the data plane, such as 500ms or 1m, at most 1h"}},
			},
			start: func(e *effects, p params) (err error) { e.dataplaneDelay, err = p.duration("delay"); return err },
			stop:  func(e *effects) { e.dataplaneDelay = nil },
		},
		{
			Fault: simulate.Fault{
				ID: FaultMappingTimeout,
				Title: lang.Text{
					EN: "mappings time out at once",
					JA: "マッピングがすぐにタイムアウトする",
				},
				Check:  "delivery.kept",
				Params: []simulate.Param{{Name: "after", Default: "300ms", Means: "how long after its login a mapping ends, such as 300ms, at most 1h"}},
			},
			start: func(e *effects, p params) (err error) { e.mappingLife, err = p.duration("after"); return err },
			stop:  func(e *effects) { e.mappingLife = nil },
		},
		{
			Fault: simulate.Fault{
				ID: FaultSameTimestamp,
				Title: lang.Text{
					EN: "a login with the timestamp of a logout leaves no mapping (PAN-193184)",
					JA: "ログアウトと同じタイムスタンプのログインがマッピングにならない（PAN-193184）",
				},
				Check: "delivery.order",
			},
			start: func(e *effects, _ params) error { e.race = newRace(); return nil },
			stop:  func(e *effects) { e.race = nil },
		},
		{
			// Not known of any release: it is there so that the check can be seen to fail.
			Fault: simulate.Fault{
				ID: FaultStrayLogoutMaps,
				Title: lang.Text{
					EN: "a logout of an address that nobody has makes a mapping",
					JA: "誰にもマッピングされていないアドレスのログアウトでマッピングが作られる",
				},
				Check: "delivery.stray",
			},
			start: func(e *effects, _ params) error { e.strayMaps = true; return nil },
			stop:  func(e *effects) { e.strayMaps = false },
		},
	}
}

// unitFaults are about the firewall as a whole.
func unitFaults() []fault {
	return []fault{
		{
			Fault: simulate.Fault{
				ID: FaultHAPassive,
				Title: lang.Text{
					EN: "the firewall is the passive unit of a pair",
					JA: "ファイアウォールがペアのパッシブ側になっている",
				},
				Check: "firewall.ha",
			},
			start: func(e *effects, _ params) error { e.passive = true; return nil },
			stop:  func(e *effects) { e.passive = false },
		},
	}
}
