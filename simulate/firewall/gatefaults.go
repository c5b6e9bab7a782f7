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
	FaultClock           = "firewall-clock"
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
			prepare: forSender(func(e *effects, name string) { e.entryDisabled = name }),
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
			prepare: forSender(func(e *effects, name string) { e.wrongTransport = name }),
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
			prepare: params.move,
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
			prepare: params.override,
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
			prepare: func(p params) (change, error) {
				users, err := p.text("users")
				return func(e *effects) { e.ignored = users }, err
			},
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
			prepare: params.exclude,
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
			prepare: func(p params) (change, error) {
				delay, err := p.duration("delay")
				return func(e *effects) { e.dataplaneDelay = delay }, err
			},
		},
		{
			Fault: simulate.Fault{
				ID: FaultMappingTimeout,
				Title: lang.Text{
					EN: "mappings last less than the shortest timeout that can be set",
					JA: "マッピングの有効時間が設定可能な最小値より短い",
				},
				Check:  "delivery.kept",
				Params: []simulate.Param{{Name: "after", Default: "20s", Means: "how long after its login a mapping ends, such as 300ms, at most 1h"}},
			},
			prepare: func(p params) (change, error) {
				after, err := p.duration("after")
				return func(e *effects) { e.mappingLife = after }, err
			},
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
			prepare: func(params) (change, error) {
				race := newRace()
				return func(e *effects) { e.race = race }, nil
			},
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
			prepare: func(params) (change, error) { return func(e *effects) { e.strayMaps = true }, nil },
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
			prepare: func(params) (change, error) { return func(e *effects) { e.passive = true }, nil },
		},
		{
			// Mappings are left alone: they live for a time, whatever the clock says.
			Fault: simulate.Fault{
				ID: FaultClock,
				Title: lang.Text{
					EN: "the firewall's clock is off",
					JA: "ファイアウォールの時計がずれている",
				},
				Check: "kerberos.clock", Symptom: "kerberos.clock-skew",
				Params: []simulate.Param{{Name: "offset", Default: "10m", Means: "how far the clock is ahead, such as 10m or -1h, at most 24h"}},
			},
			prepare: func(p params) (change, error) {
				offset, err := p.offset("offset")
				return func(e *effects) { e.clockOff = offset }, err
			},
		},
	}
}
