package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rekey-go/rekey"
	"github.com/rekey-go/rekey/internal/simdevice"
	"github.com/rekey-go/rekey/remoteui"
)

const simulatedPassword = "7654321"

// simulation is a device in this process, with firmware that was updated and a
// TLS key that older firmware made.
type simulation struct {
	device *simdevice.Device
	dir    string // temporary state; empty if the flags name a place
}

func simulate(c *config) (*simulation, error) {
	dev, err := simdevice.New(simdevice.Config{
		Seed:         1,
		Language:     c.lang,
		Login:        simdevice.LoginDepartmentID,
		ID:           simulatedPassword,
		Password:     simulatedPassword,
		GenerateTime: time.Second,
		RestartTime:  2 * time.Second,
	})
	if err != nil {
		return nil, err
	}
	s := &simulation{device: dev}
	if err := errors.Join(dev.Start(), s.makeDir(c)); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *simulation) makeDir(c *config) (err error) {
	if !c.has("state") && !c.plan {
		s.dir, err = os.MkdirTemp("", "rekey-state-")
	}
	return err
}

// access is how the simulated device is reached. Of a real one the pin would
// have been read from its panel, an inventory or an earlier run; this one
// hands it over itself.
func (s *simulation) access(opts *rekey.Options) (rekey.Device, error) {
	cert := s.tlsCertificate()
	if cert == nil {
		return rekey.Device{}, errors.New("simulated device serves no certificate")
	}
	if s.dir != "" {
		opts.Dir = s.dir
	}
	opts.Timeouts.Poll = 100 * time.Millisecond // it restarts faster than a real one
	return rekey.Device{
		URL:          s.device.URL(),
		DepartmentID: simulatedPassword,
		Password:     rekey.NewSecret(simulatedPassword),
		Pins:         []remoteui.SPKIHash{remoteui.HashSPKI(cert)},
	}, nil
}

func (s *simulation) tlsCertificate() *x509.Certificate {
	for _, k := range s.device.Keys() {
		if slices.Contains(k.Active, simdevice.UseTLS) {
			return k.Certificate
		}
	}
	return nil
}

// intro explains the first contact.
func (s *simulation) intro(dev rekey.Device) string {
	text := fmt.Sprintf("simulated device at %s (a real one: -url),\n"+
		"recognised by the pin %s", dev.URL, dev.Pins[0])
	return text
}

// farewell says what becomes of what was shown.
func (s *simulation) farewell() string {
	return "The simulated device ends here, with its state; -state DIR keeps that."
}

// end switches the device off. It watched whether the rules of safety were
// kept all the time.
func (s *simulation) end() error {
	s.device.Close()
	err := os.RemoveAll(s.dir)
	if broken := s.device.Violations(); len(broken) > 0 {
		err = errors.Join(err, errors.New("simulated device saw rules broken: "+strings.Join(broken, "; ")))
	}
	return err
}
