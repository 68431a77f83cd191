package simdevice

import "fmt"

// ikeInPolicy tells whether what the IKE page has is stored by the [OK] of the
// policy's page.
func (l *layout) ikeInPolicy() bool { return l.pick("ike.outer", 2) == 1 }

// showPolicies is the list of IPSec policies: a table, or links.
func (x *exchange) showPolicies() {
	l := x.l
	p := x.frame(PageIPSec, wIPSec, wSettings, wPreferences, wNetwork)
	p.openForm(p.form, PageIPSec, PageIPSec)
	var rows []record
	for i, name := range x.d.store.policies {
		rows = append(rows, record{{rowID, i}, {rowName, name}})
	}
	if l.pick("ipsec.list", 2) == 0 {
		p.list([]column{{l.text(wPolicyName), []string{p.rowLink("policy", PagePolicy, "%"+rowName+"%")}, ""}}, rows)
	} else {
		p.raw("<ul>")
		for i, name := range x.d.store.policies {
			p.raw("<li>")
			p.link(fmt.Sprint("policy", i), name, target{kind: PagePolicy, params: []Field{{l.rowField(), fmt.Sprint(i)}}})
			p.raw("</li>")
		}
		p.raw("</ul>")
	}
	p.raw("</form>")
	p.button("register", l.text(wRegisterPolicy), "", p.opener("register", target{kind: PageNotAvailable}))
	p.end()
}

// showPolicy is the page of one policy. The row says which; without one it is
// the one opened last.
func (x *exchange) showPolicy() {
	var n int
	if _, err := fmt.Sscan(x.get(x.l.rowField()), &n); err == nil && n >= 0 && n < len(x.d.store.policies) {
		if n != x.sess.policy {
			x.sess.entered = nil
		}
		x.sess.policy = n
	}
	x.policyPage()
}

func (x *exchange) policyPage() {
	l := x.l
	p := x.frame(PagePolicy, wRegisterPolicy, wSettings, wPreferences, wNetwork)
	p.openForm(p.form, PagePolicy, PageIPSec)
	f := newValues(p, "policy")
	f.open()
	f.value(l.text(wPolicyName), x.d.store.policies[x.sess.policy])
	f.shut()
	p.button("ike", l.text(wIKE), "", p.opener("ike", target{kind: PageIKE}))
	p.button("ok", l.text(wOK), okButtonID, p.submit(p.form, "Exec_Data", PagePolicy))
	p.button("cancel", l.text(wCancel), "", p.opener("cancel", target{kind: PageIPSec}))
	p.raw("</form>")
	x.sess.visited[PagePolicy] = true
	p.end()
}

// storePolicy is [OK] on a policy's page.
func (x *exchange) storePolicy() {
	if d := x.sess.entered; d != nil && d.kind == PageIKE && d.outer {
		x.store(d)
	}
	x.sess.entered = nil
	x.showPolicies()
}
