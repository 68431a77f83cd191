package scep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/rekey-go/rekey/remoteui"
	"github.com/rekey-go/rekey/remoteui/labels"
)

// path leads to the device's SCEP pages. // G-7
var path = []remoteui.Label{labels.Settings, labels.DeviceManagement, labels.SCEPSettings}

func walk(ctx context.Context, s *remoteui.Session, item remoteui.Label) (*remoteui.Page, error) {
	p, err := s.Walk(ctx, append(path[:len(path):len(path)], item)...)
	if err != nil {
		return nil, fmt.Errorf("SCEP pages: %w", err)
	}
	return p, nil
}

// DeviceSettings are what the device's SCEP pages show.
type DeviceSettings struct {
	// ServerURL, Port and Timeout of the communication settings, as printed;
	// Timeout is in seconds. The device speaks plain HTTP only.
	ServerURL string `json:"serverURL"`
	Port      string `json:"port"`
	Timeout   string `json:"timeout"`
	// Timer: certificates are asked for at set times. Nothing can be asked for by
	// hand, nor the settings be changed, while it is on. // G-8
	Timer bool `json:"timer"`
}

// ReadDevice reads the device's SCEP settings. A device without the pages is a
// [*remoteui.PageError] for the label [remoteui.SCEPSettings].
func ReadDevice(ctx context.Context, s *remoteui.Session) (*DeviceSettings, error) {
	p, err := communication(ctx, s)
	if err != nil {
		return nil, err
	}
	d := &DeviceSettings{}
	for _, f := range d.fields() {
		if *f.value, err = shown(ctx, p, f.label); err != nil {
			return nil, fmt.Errorf("SCEP communication settings: %w", err)
		}
	}
	if d.Timer, err = readTimer(ctx, s); err != nil {
		return nil, err
	}
	return d, nil
}

// communication opens the communication settings: behind a link, or shown on
// the first page.
func communication(ctx context.Context, s *remoteui.Session) (*remoteui.Page, error) {
	p, err := s.Walk(ctx, path...)
	if err == nil && p.Has(labels.SCEPCommunication) {
		p, err = p.Follow(ctx, labels.SCEPCommunication)
	}
	if err != nil {
		return nil, fmt.Errorf("SCEP pages: %w", err)
	}
	return p, nil
}

type field struct {
	label remoteui.Label
	value *string
}

func (d *DeviceSettings) fields() []field {
	return []field{
		{labels.SCEPServerURL, &d.ServerURL}, {labels.PortNumber, &d.Port}, {labels.CommunicationTimeout, &d.Timeout},
	}
}

// shown reads a field or, on a page that only shows the settings, its text.
func shown(ctx context.Context, p *remoteui.Page, l remoteui.Label) (string, error) {
	if c, err := p.Control(ctx, l); err == nil {
		return c.Value(), nil
	}
	return p.Value(ctx, l)
}

func readTimer(ctx context.Context, s *remoteui.Session) (bool, error) {
	p, err := walk(ctx, s, labels.AutoRequestSettings)
	if err != nil {
		return false, err
	}
	on, err := p.IsOn(ctx, labels.AutoRequestTimer)
	if err != nil {
		return false, fmt.Errorf("SCEP timer: %w", err)
	}
	return on, nil
}

// SetTimer switches the timer on or off, if it is not so already, and reads it
// back; nothing else of its page is changed. // G-8
func SetTimer(ctx context.Context, s *remoteui.Session, on bool) error {
	now, err := readTimer(ctx, s)
	if err != nil || now == on {
		return err
	}
	_, err = s.Do(ctx, remoteui.Intent{
		Name:  "SCEP timer",
		Way:   append(path[:len(path):len(path)], labels.AutoRequestSettings),
		Steps: store(labels.AutoRequestSettings),
		Fields: []remoteui.Field{{Label: labels.AutoRequestTimer, Set: func(ctx context.Context, p *remoteui.Page) error {
			return p.SetOn(ctx, labels.AutoRequestTimer, on)
		}}},
		Done: func(ctx context.Context) (bool, error) {
			now, err := readTimer(ctx, s)
			return now == on, err
		},
	})
	return err
}

// store are the steps that store a form: by the button below its heading where
// several forms are on the page, and behind [Edit] where the page only shows the
// settings.
func store(section remoteui.Label) []remoteui.Step {
	return []remoteui.Step{
		{Labels: []remoteui.Label{labels.Edit}, Optional: true},
		{Labels: []remoteui.Label{labels.Update, labels.OK, labels.Register}, Section: section, Writes: true},
	}
}

// SetServer writes the communication settings that are not empty, and reads them
// back. The timer must be off.
func SetServer(ctx context.Context, s *remoteui.Session, want DeviceSettings) error {
	var fields []remoteui.Field
	for _, f := range want.fields() {
		if *f.value != "" {
			fields = append(fields, remoteui.Field{Label: f.label, Text: *f.value})
		}
	}
	_, err := s.Do(ctx, remoteui.Intent{
		Name:   "SCEP communication settings",
		Open:   func(ctx context.Context) (*remoteui.Page, error) { return communication(ctx, s) },
		Steps:  store(labels.SCEPCommunication),
		Fields: fields,
		Done: func(ctx context.Context) (bool, error) {
			now, err := ReadDevice(ctx, s)
			return err == nil && !want.Differs(*now), err
		},
	})
	return err
}

// Differs reports whether settings that are wanted, the empty ones aside, are
// not what a device has. The timer is not compared.
func (d DeviceSettings) Differs(has DeviceSettings) bool {
	for i, f := range d.fields() {
		if *f.value != "" && *f.value != *has.fields()[i].value {
			return true
		}
	}
	return false
}

// With gives the settings as they are once those that are wanted, the empty ones
// aside, are written. The timer stays.
func (d DeviceSettings) With(want DeviceSettings) DeviceSettings {
	for i, f := range want.fields() {
		if *f.value != "" {
			*d.fields()[i].value = *f.value
		}
	}
	return d
}

// ServerSettings are those that name the server at an address: the port has a
// field of its own. Only http will do.
func ServerSettings(address string) (DeviceSettings, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return DeviceSettings{}, errors.New("SCEP server: want http://HOST[:PORT]/PATH: devices speak SCEP over plain HTTP only")
	}
	d := DeviceSettings{Port: cmp.Or(u.Port(), "80")}
	u.Host = u.Hostname()
	if strings.Contains(u.Host, ":") {
		u.Host = "[" + u.Host + "]"
	}
	d.ServerURL = u.String()
	return d, nil
}

// URL is the server's address with the port, as the device will use it.
func (d DeviceSettings) URL() string {
	u, err := url.Parse(strings.TrimSpace(d.ServerURL))
	if err != nil || u.Host == "" || u.Port() != "" || d.Port == "" || d.Port == "80" {
		return d.ServerURL
	}
	u.Host = net.JoinHostPort(u.Hostname(), d.Port)
	return u.String()
}
