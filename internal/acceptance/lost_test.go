package acceptance_test

import (
	"net/http"
	"testing"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
)

// A write that the device never heard is recognised by a few readings and made
// again in the same run: not after the time that a key may take, nor by the next
// run.
func TestLostBeforeItActed(t *testing.T) {
	needsFastScripts(t)
	t.Parallel()
	const mostLooks = 5 // at what shows whether it was done; the way back to the form leads over some
	for kind, shown := range map[rekey.CertificateKind]map[simdevice.PageKind]simdevice.PageKind{
		rekey.SelfSigned: {
			simdevice.PageGenerate:    simdevice.PageKeyList,
			simdevice.PageSignatureOK: simdevice.PageExportFile,
			simdevice.PageTLSKeys:     simdevice.PageKeyList,
			simdevice.PageIKEKeys:     simdevice.PageIKE,
			simdevice.PageSIPKeys:     simdevice.PageSIP,
			simdevice.PageDelete:      simdevice.PageKeyList,
		},
		rekey.ByCSR: {
			simdevice.PageCSR:          simdevice.PageKeyList,
			simdevice.PageRegisterFile: simdevice.PageKeyList,
		},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			cfg := full(4)
			cfg.Layout = plain()
			for page := range shown {
				cfg.Faults = append(cfg.Faults, simdevice.Fault{
					Kind: simdevice.FaultResetBefore, Page: page, Match: func(r *http.Request) bool { return r.Method == http.MethodPost },
				})
			}
			inBubble(t, cfg, func(t *testing.T, dev *simdevice.Device, d rekey.Device, o *rekey.Options) {
				o.Kind, o.Issuer = kind, newIssuer(t)
				if r, err := rekey.Remediate(t.Context(), d, o); err != nil {
					t.Errorf("%v\n%v", err, r)
				}
				for page, shows := range shown {
					looks, lost, again := 0, false, false
					for _, e := range dev.Log() {
						switch {
						case e.Page == page && e.Fault != "":
							lost = true
						case e.Page == page && e.Method == http.MethodPost:
							again = again || lost
						case e.Page == shows && lost && !again:
							looks++
						}
					}
					if !lost || !again || looks > mostLooks {
						t.Errorf("%s: lost %v, made again %v, after %d looks", page, lost, again, looks)
					}
				}
				if n := len(made(dev)); n != 5 {
					t.Errorf("%d keys made", n)
				}
			})
		})
	}
}
