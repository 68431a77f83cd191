package state

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
	"github.com/rekey-go/rekey/internal/refusal"
)

// Dir is an open state directory. It is safe for concurrent use, by several
// goroutines and several processes.
type Dir struct {
	path       string
	root       *os.Root // nil: opened for reading, and not there
	readOnly   bool
	beat       time.Duration // between two signs of life of a held lock
	iterations int           // of the hash of new refusals

	mu      sync.Mutex
	devices map[string]*device
}

// Open opens the state directory and makes it if there is none. Call Close
// when done.
func Open(dir string) (*Dir, error) {
	if dir == "" {
		return nil, errors.New("state: no directory given")
	}
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	d, err := open(dir, false)
	if err != nil {
		return nil, err
	}
	if err := d.tighten(); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// OpenReadOnly opens the directory without writing to it. One that does
// not exist, "" included, is empty. Methods that write return [ErrReadOnly],
// except [Dir.Remember]: a refused credential is recorded all the same, where a
// directory was named.
func OpenReadOnly(dir string) (*Dir, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return newDir(dir, nil, true), nil
	}
	return open(dir, true)
}

func open(dir string, readOnly bool) (*Dir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return newDir(dir, root, readOnly), nil
}

func newDir(dir string, root *os.Root, readOnly bool) *Dir {
	return &Dir{
		path: dir, root: root, readOnly: readOnly,
		beat: heartbeat, iterations: refusal.Iterations, devices: make(map[string]*device),
	}
}

// Close gives back what locks are still held and releases the directory.
func (d *Dir) Close() error {
	d.mu.Lock()
	devices := d.devices
	d.devices = nil
	d.mu.Unlock()
	for _, dev := range devices {
		if l := dev.lock.Load(); l != nil {
			l.release()
		}
	}
	if d.root == nil {
		return nil
	}
	return d.root.Close()
}

// device is what one Dir knows of one device.
type device struct {
	*Dir
	host string // as given, in lower case; with a port, if that was given
	dir  string // within the root
	// old is where earlier versions kept what they knew of the device, by its host
	// alone; empty if the name has no port.
	old, oldHost string

	lock atomic.Pointer[lock] // the last one won; it may be released or lost

	mu   sync.Mutex // held while files of the device are written
	made bool       // dir is there, durably
}

// device returns the device of a host, the same for every spelling of it.
func (d *Dir) device(host string) (*device, error) {
	host = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(host), "."))
	if host == "" {
		return nil, errors.New("state: no device host given")
	}
	if len(host) > maxHost {
		return nil, fmt.Errorf("state: device host of %d bytes: want at most %d", len(host), maxHost)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.devices == nil {
		return nil, fmt.Errorf("state: %w", fs.ErrClosed)
	}
	dev, ok := d.devices[host]
	if !ok {
		dev = &device{Dir: d, host: host, dir: path.Join(devicesDir, safeName(host))}
		if alone, _, err := net.SplitHostPort(host); err == nil {
			dev.old, dev.oldHost = path.Join(devicesDir, safeName(alone)), alone
		}
		d.devices[host] = dev
	}
	return dev, nil
}

// writable makes the device's directory, durably. The caller holds dev.mu.
func (dev *device) writable() error {
	if dev.readOnly {
		return ErrReadOnly
	}
	if dev.made {
		return nil
	}
	if err := dev.takeOver(); err != nil {
		return err
	}
	if err := dev.root.MkdirAll(dev.dir, dirMode); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	for _, dir := range []string{devicesDir, "."} {
		if err := durable.SyncDir(dev.root, dir); err != nil {
			return fmt.Errorf("state: %w", err)
		}
	}
	dev.made = true
	return nil
}

// file is the path of a file of the device within the root.
func (dev *device) file(name string) string { return path.Join(dev.dir, name) }

// location is where a person finds a file of the root.
func (d *Dir) location(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }
