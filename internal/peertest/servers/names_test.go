package servers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/rekey-go/rekey/caserver"
	"github.com/rekey-go/rekey/keys/issuer"
)

// names is a name server on the loopback interface: every name has the address
// 127.0.0.1, and TXT records are those that were put there.
type names struct {
	conn net.PacketConn

	mu  sync.Mutex
	txt map[string][]string // by name, with a dot at the end
}

// theNames is the one of this run; it ends with the process.
var theNames = sync.OnceValues(newNames)

// resolver asks the name server of this run.
func resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		n, err := theNames()
		if err != nil {
			return nil, err
		}
		return onlyLoopback(ctx, "udp", n.conn.LocalAddr().String())
	}}
}

// acmeByDNS is the ACME issuer that answers in the DNS.
func (s *stepCA) acmeByDNS(t *testing.T) *issuer.ACME {
	t.Helper()
	names, err := theNames()
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i, err := issuer.NewACME(caserver.ACME{
		DirectoryURL: "https://" + s.https + "/acme/acme/directory", Key: key, Roots: s.roots(), Timeout: time.Minute,
		DNS01: caserver.ACMESolver{Present: func(_ context.Context, c caserver.ACMEChallenge) error {
			names.put(c.Where, c.Value)
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func newNames() (*names, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &names{conn: conn, txt: map[string][]string{}}
	go n.serve()
	return n, nil
}

func (n *names) put(name, value string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.txt[name+"."] = append(n.txt[name+"."], value)
}

func (n *names) serve() {
	buf := make([]byte, 1500)
	for {
		size, from, err := n.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		if reply, err := n.answer(m); err == nil {
			_, _ = n.conn.WriteTo(reply, from) // whoever asked asks again
		}
	}
}

func (n *names) answer(m dnsmessage.Message) ([]byte, error) {
	q := m.Questions[0]
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	m.Response, m.Authoritative = true, true
	m.Additionals = nil
	switch q.Type {
	case dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
	case dnsmessage.TypeTXT:
		n.mu.Lock()
		for _, text := range n.txt[strings.ToLower(q.Name.String())] {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.TXTResource{TXT: []string{text}}})
		}
		n.mu.Unlock()
	}
	return m.Pack()
}
