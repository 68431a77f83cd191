package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rekey-go/rekey/internal/durable"
)

// refusedDir says by the names of its files in which folders of devices refused
// credentials lie: <beginning of the key's hash>.<folder>. A device that was called
// by other names is found there without looking through the folders of all.
const refusedDir = "refused"

const (
	// maxFolders are looked through for what nobody has marked.
	maxFolders = 20_000
	// Looking through all may take one part in lookShare of the time, and is done at
	// most once in lookPause.
	lookShare = 100
	lookPause = time.Second
	// maxLooks bounds the state directories that are kept in mind.
	maxLooks = 100
)

func marker(spki string) string { return spki[:min(len(spki), 32)] + "." }

// mark says that the device's folder has a credential that a device with the key
// has refused.
func (dev *device) mark(spki string) error {
	if spki == "" {
		return nil
	}
	name := refusedDir + "/" + marker(spki) + strings.TrimPrefix(dev.dir, devicesDir+"/")
	if _, err := dev.root.Lstat(name); err == nil {
		return nil
	}
	if err := dev.root.Mkdir(refusedDir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("state: %w", err)
	}
	if err := dev.writeFile(name, nil); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := durable.SyncDir(dev.root, "."); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// otherFolders are those in which there may be records of a device with the key,
// under whatever name: the marked ones, and those in which others were found, as
// older versions and people put them there.
func (dev *device) otherFolders(spki string) (map[string]bool, error) {
	marked, err := dev.names(refusedDir)
	if err != nil {
		return nil, err
	}
	folders := make(map[string]bool)
	for _, name := range marked {
		if folder, ok := strings.CutPrefix(name, marker(spki)); ok {
			folders[folder] = true
		}
	}
	found, err := dev.looked().through(dev.Dir)
	for _, folder := range found {
		folders[folder] = true
	}
	return folders, err
}

// looks are what this process has seen of state directories, by their paths.
var looks struct {
	mu sync.Mutex
	by map[string]*look
}

// look is when the folders of all devices were looked through, and which of them
// had refused credentials.
type look struct {
	mu    sync.Mutex
	next  time.Time
	found []string
}

func (d *Dir) looked() *look {
	path, err := filepath.Abs(d.path)
	if err != nil || d.root == nil {
		return new(look) // look each time
	}
	looks.mu.Lock()
	defer looks.mu.Unlock()
	if looks.by == nil || len(looks.by) >= maxLooks {
		looks.by = make(map[string]*look)
	}
	if looks.by[path] == nil {
		looks.by[path] = new(look)
	}
	return looks.by[path]
}

func (l *look) through(d *Dir) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	begun := time.Now()
	if begun.Before(l.next) {
		return l.found, nil
	}
	folders, err := d.names(devicesDir)
	if err != nil {
		return nil, err
	}
	l.found = nil
	for _, folder := range folders[:min(len(folders), maxFolders)] {
		names, _ := d.names(devicesDir + "/" + folder)
		if slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, refusedPrefix) }) {
			l.found = append(l.found, folder)
		}
	}
	now := time.Now()
	l.next = now.Add(max(lookPause, lookShare*now.Sub(begun)))
	return l.found, nil
}
