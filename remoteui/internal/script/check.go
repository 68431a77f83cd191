package script

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"modernc.org/quickjs"
)

// sound are the codes that were found to be sound. It depends on nothing but
// the code, and the pages of a device have many scripts in common.
var sound codes

// codes is a bounded set of codes, by their hashes.
type codes struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]bool
}

func (c *codes) has(sum [sha256.Size]byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known[sum]
}

func (c *codes) add(sum [sha256.Size]byte) {
	const most = 4096
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= most {
		c.known = make(map[[sha256.Size]byte]bool)
	}
	c.known[sum] = true
}

// Check reads code as [VM.Eval] does, without running it: what there is to be
// said against it is an *Error. The limits are those of a VM; left: it had to be
// left behind.
func Check(ctx context.Context, budget *time.Duration, code string, line, memory int, owner string) (left bool, err error) {
	sum := sha256.Sum256([]byte(code))
	if sound.has(sum) {
		return false, nil
	}
	v, err := readingVM(memory, owner)
	if err != nil {
		return false, err
	}
	_, err = v.run(ctx, budget, func() (any, error) {
		_, err := v.vm.Compile(pad(code, line), quickjs.EvalGlobal)
		return nil, err
	})
	if left = v.Gone(); err == nil {
		sound.add(sum)
	}
	v.haveRead(err)
	return left, err
}

// spare is an engine that has only read code and run none: it is as good as a new one.
var spare = make(chan *VM, 1)

// maxRead is how much code one engine reads, so that nothing can add up in it.
const maxRead = 100

func readingVM(memory int, owner string) (*VM, error) {
	if busy(owner) {
		return nil, ErrBusy
	}
	select {
	case v := <-spare:
		v.owner = owner
		v.vm.SetMemoryLimit(uintptr(memory))
		return v, nil
	default:
		return bare(memory, owner)
	}
}

// haveRead gives the engine back for what is read next, or closes it.
func (v *VM) haveRead(err error) {
	if v.read++; err == nil && v.read < maxRead {
		select {
		case spare <- v:
			return
		default:
		}
	}
	v.Close()
}
