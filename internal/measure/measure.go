// Package measure says what a procedure costs: processor time and peak memory of
// a process with all its children. Benchmarks use it; see docs/benchmarks.md.
// It reads Linux's /proc.
package measure

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Cost is what was spent.
type Cost struct {
	CPU time.Duration
	// Peak is the most memory in use at once, in bytes, of all processes together:
	// pages that they share count once (PSS).
	Peak int64
}

// ticksPerSecond is what Linux gives times of processes in, on every
// architecture that Go knows.
const ticksPerSecond = 100

// Tree watches the processes that descend from one, as they come and go.
type Tree struct {
	root int
	self bool // the root counts, too
	stop chan struct{}
	done sync.WaitGroup

	mu   sync.Mutex
	cpu  map[string]time.Duration // by process and start
	peak int64
}

// Watch begins to watch the descendants of a process; self: and itself.
func Watch(root int, self bool) *Tree {
	t := &Tree{root: root, self: self, stop: make(chan struct{}), cpu: map[string]time.Duration{}}
	t.look()
	t.done.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-t.stop:
				tick.Stop()
				return
			case <-tick.C:
				t.look()
			}
		}
	})
	return t
}

// Stop ends watching and says what was spent since each process began.
func (t *Tree) Stop() Cost {
	t.look()
	close(t.stop)
	t.done.Wait()
	c := Cost{Peak: t.peak}
	for _, d := range t.cpu {
		c.CPU += d
	}
	return c
}

// look takes the times of all processes of the tree, and their memory now.
func (t *Tree) look() {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	type process struct {
		parent int
		start  string
		cpu    time.Duration
	}
	all := map[int]process{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		// The name in parentheses may hold anything.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) < 20 {
			continue
		}
		number := func(i int) int { n, _ := strconv.Atoi(fields[i]); return n }
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		all[pid] = process{number(1), fields[19], time.Duration(number(11)+number(12)) * time.Second / ticksPerSecond}
	}
	sum := int64(0)
	t.mu.Lock()
	defer t.mu.Unlock()
	for pid, p := range all {
		if pid == t.root && !t.self {
			continue
		}
		ours := pid == t.root
		for at, depth := p.parent, 0; !ours && at > 1 && depth < 100; at, depth = all[at].parent, depth+1 {
			ours = at == t.root
		}
		if ours {
			t.cpu[fmt.Sprint(pid, " ", p.start)] = p.cpu
			sum += memory(pid)
		}
	}
	t.peak = max(t.peak, sum)
}

// memory is what a process has in memory, its part of what it shares.
func memory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}
