package simdevice

import (
	"crypto/x509"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/smallstep/scep/x509util"

	"github.com/rekey-go/rekey/internal/testca"
)

// office is the certification authority of all tests.
var office = sync.OnceValue(func() *testca.CA {
	ca, err := testca.New(nil)
	if err != nil {
		panic(err)
	}
	return ca
})

// scepOffice is a SCEP server of the office.
type scepOffice struct {
	*testca.Server
	url string
}

func openSCEP(t *testing.T, cfg testca.SCEP) scepOffice {
	t.Helper()
	server, err := office().Server(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return scepOffice{server, s.URL + "/scep"}
}

// request is the certificate request the server got last.
func (o scepOffice) request(t *testing.T) *x509.CertificateRequest {
	t.Helper()
	all := o.Requests()
	if len(all) == 0 || all[len(all)-1].CSR == nil {
		t.Fatal("the server saw no request")
	}
	return all[len(all)-1].CSR
}

// challenge is the challenge password in it.
func (o scepOffice) challenge(t *testing.T) string {
	t.Helper()
	password, err := x509util.ParseChallengePassword(o.request(t).Raw)
	if err != nil {
		t.Fatal(err)
	}
	return password
}
